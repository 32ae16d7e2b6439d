"""A delivery that was acknowledged and is missing is found, whatever else is there."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from campaign.ledger import Ledger, Sent, acknowledged, lost
from campaign.mix import Parcel, one_round
from tests.unit.campaign.targets import chance, targets

PARCELS = list(one_round(targets(), 0, chance(3))) + list(one_round(targets(), 2, chance(4)))


def item(parcel: Parcel) -> dict[str, Any]:
    """The item that keeps a delivery."""
    method, body = parcel.content
    return {"item": {"S": "delivery"}, "method": {"S": method}, "body": {"S": body.decode()}}


def sent(*parcels: Parcel, status: int = 200) -> list[Sent]:
    """Deliveries that were answered with *status*."""
    return [Sent(each, status) for each in parcels]


def test_nothing_is_lost_when_everything_is_there() -> None:
    """Posts and queries are found by their whole content, also in base64."""
    items = [item(each) for each in PARCELS]
    items[0] = {"method": {"S": "POST"}, "body_base64": {"S": _base64(PARCELS[0])}}
    assert {each.request.method for each in PARCELS} == {"POST", "GET"}
    assert lost(acknowledged(sent(*PARCELS)), items) == []


def _base64(parcel: Parcel) -> str:
    return b64encode(parcel.content[1]).decode()


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_delivery_that_is_removed_is_lost(place: int) -> None:
    """One that was acknowledged and is not in the table any more is told, and that one alone."""
    items = [item(each) for each in PARCELS]
    del items[place]
    assert lost(acknowledged(sent(*PARCELS)), items) == [PARCELS[place]]


@pytest.mark.parametrize(
    "changed",
    [
        lambda found: {**found, "body": {"S": found["body"]["S"][:-1]}},
        lambda found: {**found, "body": {"S": found["body"]["S"].replace("=", ":", 1)}},
        lambda found: {**found, "method": {"S": "PATCH"}},
        lambda found: {**found, "body": {"S": ""}},
    ],
)
def test_a_delivery_that_is_not_whole_is_lost(changed: Any) -> None:
    """Every byte counts, and how it was sent."""
    items = [changed(item(PARCELS[0])), *map(item, PARCELS[1:])]
    assert lost(acknowledged(sent(*PARCELS)), items) == [PARCELS[0]]


@pytest.mark.parametrize(("status", "tries"), [(0, 2), (500, 1), (503, 1), (201, 1), (200, 0)])
def test_only_200_is_an_acknowledgement(status: int, tries: int) -> None:
    """A delivery that was refused, or never sent, cannot be lost."""
    assert acknowledged([Sent(PARCELS[0], status, tries)]) == {}


def test_a_repetition_counts_once() -> None:
    """One acknowledgement is enough, in any order, and two are no more than one."""
    twice = sent(PARCELS[0], PARCELS[0]) + sent(PARCELS[0], status=500)
    assert list(acknowledged(twice).values()) == [PARCELS[0]]
    assert lost(acknowledged(twice[1:]), []) == [PARCELS[0]]


def test_waiting_ends_with_the_number_or_the_end() -> None:
    """An error says that fewer deliveries came than were waited for."""
    ledger = Ledger()
    for each in sent(*PARCELS[:3]):
        ledger.note(each)
    assert ledger.wait_for(3)
    ledger.close()
    assert ledger.wait_for(2)
    assert not ledger.wait_for(4)
