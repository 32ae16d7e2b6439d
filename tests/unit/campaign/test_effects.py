"""The effects of workers, as the campaign finds them in tables and at the customer's endpoint."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from campaign.customer import Customer
from campaign.effects import Effects, in_figures, in_records, posted, webhook_id
from campaign.orders import Orders, orders
from pivotctl.crossbar import ACCOUNT_ID
from pivotkit.store.records import Record, merged
from tests.unit.campaign.targets import chance

KEY = f"{ACCOUNT_ID}#call"
CREATED = Record("created", None, {"to": "a", "from": "b"})
ENDED = Record("ended", None, {"to": "c"})


def item(sort: str, key: str = KEY, **texts: str) -> dict[str, Any]:
    """An item of the table of deliveries and records."""
    return {
        "pk": {"S": key},
        "sk": {"S": sort},
        **{name: {"S": text} for name, text in texts.items()},
    }


def record(deliveries: int, made: dict[str, Any] | None = None, key: str = KEY) -> dict[str, Any]:
    """A stored record that was made from so many deliveries."""
    text = json.dumps(made or {"state": "ended"})
    return {**item("record", key, record=text), "deliveries": {"N": str(deliveries)}}


def leg(deliveries: int) -> dict[str, Any]:
    """The share of a leg in the record of its call."""
    return {**item("leg#b", record="{}"), "deliveries": {"N": str(deliveries)}}


DELIVERIES = [
    item("event#channel_create#1", record=CREATED.as_json()),
    item("event#channel_destroy#2", record=ENDED.as_json()),
    item("event#note#3"),  # no template makes a record of it
]


def test_a_record_of_all_deliveries() -> None:
    """A record is complete if it was made from every delivery with a record, and from its legs'."""
    assert in_records([*DELIVERIES, record(2)]) == Effects("call_records", 1)
    assert in_records([*DELIVERIES, leg(3), record(5)]) == Effects("call_records", 1)


def test_a_record_that_lacks_or_repeats_a_delivery() -> None:
    """A record that was made from fewer or more is named by its key; so is one that is missing."""
    assert in_records([*DELIVERIES, record(1)]).missing == (KEY,)
    assert in_records(DELIVERIES).missing == (KEY,)
    assert in_records([*DELIVERIES, record(3)]).doubled == (KEY,)


def figures(legs: int, counted: int) -> list[dict[str, Any]]:
    """Figures with so many legs, of which so many are in the sums of their day."""
    found = [item("leg", f"leg#{KEY}{number}") for number in range(legs)]
    return [*found, {**item(ACCOUNT_ID, "sums#2026-01-15"), "legs": {"N": str(counted)}}]


def test_figures() -> None:
    """Each call that has ended is a leg, and counted once in the sums."""
    ended = [record(1, key=f"{KEY}{number}") for number in range(2)]
    going_on = record(1, {"state": "created"}, f"{KEY}9")
    assert in_figures([*ended, going_on], figures(2, 2)) == Effects("call_figures", 2)
    assert in_figures(ended, figures(1, 1)).missing == (f"{KEY}1",)
    assert in_figures(ended, figures(2, 3)).doubled == ("the sums of the days",)
    assert in_figures(ended, figures(2, 1)).missing == ("the sums of the days",)


def test_posts() -> None:
    """Each delivery that is forwarded comes to the endpoint under its own ID, and no other does."""
    (_, wanted, _) = DELIVERIES
    customer = Customer(Counter({webhook_id(wanted): 2}))
    assert posted(DELIVERIES, customer) == Effects("fan_out", 1)
    assert customer.repeated == 1
    assert posted(DELIVERIES, Customer()).missing == (KEY,)
    assert posted([], customer).doubled == (webhook_id(wanted),)


def test_orders() -> None:
    """Deliveries make the stored record in any order; another one is noticed."""
    made = merged([CREATED, ENDED])
    assert orders([*DELIVERIES, record(2, made)], 20, chance(1)) == Orders(20, 0)
    assert orders([*DELIVERIES, record(2, {**made, "to": "x"})], 20, chance(1)) == Orders(20, 20)
    assert orders([DELIVERIES[0], record(1, made)], 20, chance(1)) == Orders()
