"""The deliveries of a campaign."""

from __future__ import annotations

from collections import Counter

import pytest

from campaign.mix import CDR_SINK, ENCODINGS, MODES, Parcel, mixed, one_round
from pivotctl.local.webhooks import RECEIVERS
from pivotctl.problems import Mode
from pivotctl.switch.http.exchange import FORM, JSON
from pivotctl.switch.webhooks.payloads import K5_HOOKS, names
from tests.unit.campaign.targets import chance, targets

RUNS = {"call", "notifications", "everything"}


def encoding(parcel: Parcel) -> tuple[str, str]:
    """The method, and the type of the body."""
    return parcel.request.method, parcel.request.header("content-type") or ""


def test_ten_rounds_hold_everything_in_every_encoding() -> None:
    """Each hook, notification and callflow event comes in each encoding of each KAZOO."""
    parcels = [each for number in range(10) for each in one_round(targets(), number, chance(5))]
    ways = {("POST", FORM), ("POST", JSON), ("GET", ""), ("PUT", FORM), ("PUT", JSON)}
    assert len(ways) == len(ENCODINGS)
    found = Counter((each.what, each.mode, encoding(each)) for each in parcels if each.delivery)
    for what in set(names()) - RUNS:
        for mode in MODES:
            if mode is Mode.K5 or what not in K5_HOOKS:
                assert all((what, mode, way) in found for way in ways), what


def test_a_round_ends_with_the_cdrs_of_a_call() -> None:
    """Two CDRs are posted as forms to the sink, of the called leg and of the caller's."""
    first, second = [each for each in one_round(targets(), 0, chance(5)) if not each.delivery]
    assert {first.receiver, second.receiver} == {CDR_SINK}
    assert b"Call-Direction=outbound" in first.request.body
    assert b"Call-Direction=inbound" in second.request.body
    assert encoding(first) == ("POST", FORM)


def test_every_receiver_gets_some() -> None:
    """Of a few hundred deliveries each receiver gets some, also that of one hook on everything."""
    assert {each.receiver for each in mixed(targets(), 300, chance(5))} == {*RECEIVERS, CDR_SINK}


@pytest.mark.parametrize("number", [1, 11, 300, 2200])
def test_one_in_eleven_is_a_repetition(number: int) -> None:
    """The others all differ in content, and a repetition is the very same bytes."""
    parcels = mixed(targets(), number, chance(5))
    assert len(parcels) == number
    assert len({each.content for each in parcels}) == number - number // 11
    again = [each for each, times in Counter(map(id, parcels)).items() if times > 1]
    assert len(again) == number // 11


def test_the_seed_makes_the_order() -> None:
    """The same seed sends the same things in the same order to the same receivers."""
    first, second, other = (
        [str(each) for each in mixed(targets(), 400, chance(seed))] for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other
