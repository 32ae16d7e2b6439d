"""Whatever the order in which KAZOO's events of a call come, and however often: one record."""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.deliveries.webhooks import WebhookReceiver
from pivotkit.store import Item
from pivotkit.store.records import Delivery, merged
from tests import functions
from tests.events import FORM, JSON, event
from tests.forms import kazoo_form

ACCOUNT = "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0"
MANY, FEW = 2_000, 50
START = 63_885_519_600

TIMES = st.one_of(st.integers(0, 4).map(START.__add__), st.none())
PARTIES = {
    "from": st.sampled_from(["+14155550199@pstn.example", "2001@acme.example"]),
    "to": st.sampled_from(["2030@acme.example", ""]),
    "caller_id_number": st.sampled_from(["+14155550199", "anonymous"]),
    "callee_id_number": st.sampled_from(["2030", "2001"]),
    "other_leg_call_id": st.sampled_from(["leg-1", "leg-2"]),
    "call_direction": st.sampled_from(["inbound", "outbound"]),
    "owner_id": st.sampled_from(["owner-1", "owner-2"]),
}
RESULT = {
    "hangup_cause": st.sampled_from(["NORMAL_CLEARING", "ORIGINATOR_CANCEL"]),
    "duration_seconds": st.integers(0, 3),
    "billing_seconds": st.integers(0, 3),
}


def telling(field: str, *names: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Events that go by one of *names*, with some of their fields."""
    own = {"account_id": st.just(ACCOUNT), "call_id": st.sampled_from(["call-1", "call-2"])}
    said = {field: st.sampled_from(names), "timestamp": TIMES}
    fields = st.fixed_dictionaries(own | said, optional=PARTIES | more)
    return fields.map(lambda values: {k: v for k, v in values.items() if v is not None})


TOLD = {
    "channel_events": st.one_of(
        telling("hook_event", "channel_create", "channel_answer", "channel_bridge"),
        telling("hook_event", "channel_hold", "channel_unhold"),
        telling("hook_event", "channel_destroy", "cdr", **RESULT),
    ),
    "parked_calls": telling(
        *("event_name", "PARK_PARKED", "PARK_RETRIEVED", "PARK_ABANDONED"),
        parking_slot=st.sampled_from(["101", "102"]),
    ),
    "notifications": telling("event_name", "missed_call", message_left=st.booleans()),
    "custom_events": telling(
        *("fetch_id", "f"), step=st.sampled_from(["welcome", "support"]), cluster_id=st.just("c")
    ),
}
EVENTS = st.sampled_from(sorted(TOLD)).flatmap(
    lambda name: st.tuples(st.just(name), TOLD[name], st.booleans())
)
"""To which receiver, what, and whether as JSON."""

type Delivered = tuple[str, dict[str, Any], bool]


class Kept:
    """A table in memory: what is there already stays."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def keep(self, item: Item) -> str:
        """Store *item*, as the table does with its condition."""
        key = (item["pk"]["S"], item["sk"]["S"])
        new = self.items.setdefault(key, item) is item
        return "stored" if new else "duplicate"

    @property
    def records(self) -> dict[str, Any]:
        """The record of each call."""
        calls: dict[str, list[Any]] = {}
        for (pk, _), item in self.items.items():
            calls.setdefault(pk, []).append(Delivery(pk, item).record)
        return {pk: merged(record for record in told if record) for pk, told in calls.items()}


@pytest.fixture(scope="module")
def receivers() -> Mapping[str, WebhookReceiver]:
    """The functions themselves."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_SAM_LOCAL", "true")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("CALL_RECORDS_TABLE", "none")
        return {name: functions.load(f"webhooks/{name}") for name in [*TOLD, "everything"]}


def request(values: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """A delivery; that of a callflow's action has a second in the place of a hook."""
    body = json.dumps(values) if as_json else kazoo_form(values)
    hook = str(START) if "fetch_id" in values else "0d1c2b3a495867768594a3b2c1d0e0f1"
    return event(
        body,
        key="webhooks-development",
        content_type=JSON if as_json else FORM,
        headers={"x-hook-id": hook, "x-account-id": ACCOUNT},
    )


def records(receivers: Mapping[str, WebhookReceiver], told: Sequence[Delivered]) -> dict[str, Any]:
    """The records that deliveries in this order add up to."""
    table = Kept()
    for name, values, as_json in told:
        receivers[name]._store = table  # type: ignore[assignment]
        answer = receivers[name](request(values, as_json=as_json), None)
        assert answer["statusCode"] == 200
    return table.records


def in_any_order(
    receivers: Mapping[str, WebhookReceiver], told: list[Delivered], chance: Random
) -> None:
    """Deliver *told*, then shuffled with doublets, also in the other encoding, and compare."""
    again = chance.choices(told, k=chance.randrange(6)) if told else []
    other = [(name, values, not as_json) for name, values, as_json in again]
    shuffled = chance.sample([*told, *again, *other], len(told) + 2 * len(again))
    assert records(receivers, shuffled) == records(receivers, told)


DELIVERED = st.lists(EVENTS, max_size=8).flatmap(
    lambda told: st.sampled_from([told, [("everything", *more) for _, *more in told]])
)
"""To a receiver each, or all to the one."""
CHANCES = st.randoms(use_true_random=False)


@given(DELIVERED, CHANCES)
@settings(max_examples=FEW, deadline=None)
def test_any_order_and_repetition_give_one_record(
    receivers: Mapping[str, WebhookReceiver], told: list[Delivered], chance: Random
) -> None:
    """Shuffled and repeated, in either encoding, deliveries add up to the same records."""
    in_any_order(receivers, told, chance)


@pytest.mark.long
@given(DELIVERED, CHANCES)
@settings(max_examples=MANY, deadline=None)
def test_any_order_and_repetition_give_one_record_always(
    receivers: Mapping[str, WebhookReceiver], told: list[Delivered], chance: Random
) -> None:
    """The same, many times."""
    in_any_order(receivers, told, chance)


def test_the_record_is_that_of_the_call(receivers: Mapping[str, WebhookReceiver]) -> None:
    """The deliveries of one call to different receivers become one record."""
    own = {"account_id": ACCOUNT, "call_id": "c"}
    told: list[Delivered] = [
        ("channel_events", {**own, "hook_event": "channel_create", "timestamp": START}, True),
        ("channel_events", {**own, "hook_event": "channel_hold", "timestamp": START + 1}, False),
        ("parked_calls", {**own, "event_name": "PARK_PARKED", "parking_slot": "101"}, False),
        ("notifications", {**own, "event_name": "missed_call", "timestamp": START + 5}, True),
        ("custom_events", {**own, "fetch_id": "f", "step": "menu", "cluster_id": "x"}, False),
    ]
    assert records(receivers, told) == {
        f"{ACCOUNT}#c": {
            "state": "missed",
            "created_at": "2024-06-13T17:40:00+00:00",
            "answered_at": "2024-06-13T17:40:01+00:00",
            "missed_at": "2024-06-13T17:40:05+00:00",
            "on_hold": True,
            "parking_slot": "101",
            "step": "menu",
        }
    }
