"""The report of a campaign, and the reasons why it has failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest

from campaign.ledger import Ledger, Sent
from campaign.mix import one_round
from campaign.report import Goals, lines, problems, verdict
from campaign.run import Plan, Result
from campaign.troubles import Troubles, moments
from pivotctl.commands.replay import ReplayResult
from tests.unit.campaign.targets import chance, targets

PARCELS = list(one_round(targets(), 0, chance(3)))[:10]
SENT = [*(Sent(each, 200) for each in PARCELS[:8]), Sent(PARCELS[0], 200), Sent(PARCELS[8], 500)]
GOOD = Result(
    sent=SENT,
    lost=[],
    kept={"stored at once": 6, "queued": 2},
    replayed=Counter({ReplayResult.STORED: 1}),
    unreadable=0,
    failures=Counter({"Runtime.ExitError": 1}),
    kills=Counter({"faxes": 2, "cdr_url": 1}),
    restarts=2,
    cuts=1,
    switched_off=[],
    unacknowledged_there=1,
    seconds=7.6,
)
GOALS = Goals(deliveries=10, kills=3, restarts=2)


def test_the_last_line() -> None:
    """It counts different deliveries; what is stored and what is lost add up."""
    assert verdict(GOOD) == "acknowledged 8, stored 8, lost 0"
    assert verdict(replace(GOOD, lost=PARCELS[:2])) == "acknowledged 8, stored 6, lost 2"


def test_the_report() -> None:
    """It says how much was sent, where it went, what broke, and who got no 200 and why."""
    assert list(lines(Plan(), GOOD)) == [
        "sent 10 deliveries in 8 s, 4 at a time: 9 different ones, 1 repetitions",
        (
            "killed 3 processes at work (faxes 2, cdr_url 1); stopped and started DynamoDB and SQS "
            "twice; cut DynamoDB alone off once"
        ),
        "kept, as the receivers logged it: stored at once 6, queued 2",
        "replayed from the log: stored 1, already there 0, failed 0",
        "no 200: 1 (answered 500: 1)",
        "  errors reported by Lambda: Runtime.ExitError 1",
        (
            "  KAZOO counts these as failures and never repeats them; they were not acknowledged, "
            "and 1 of them are in the table all the same"
        ),
    ]
    shown = list(lines(Plan(), replace(GOOD, lost=PARCELS[:1], unreadable=2)))
    assert shown[-1].startswith("LOST: channel_create, POST ")
    assert "half-written lines in the log, of processes that were killed: 2" in shown


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"lost": PARCELS[:1]}, "1 acknowledged deliveries are not in the table"),
        ({"switched_off": ["faxes/inbound_fax"]}, "KAZOO has disabled faxes/inbound_fax"),
        ({"sent": SENT[1:]}, "9 deliveries: at least 10 are needed"),
        ({"kills": Counter({"faxes": 2})}, "2 processes killed at work: at least 3 are needed"),
        ({"restarts": 1}, "1 restarts of the store: at least 2 are needed"),
    ],
)
def test_a_campaign_that_fails(changed: dict[str, Any], told: str) -> None:
    """A loss, a disabled hook and too little of anything are each a failure of their own."""
    assert list(problems(GOOD, GOALS)) == []
    assert list(problems(replace(GOOD, **changed), GOALS)) == [told]


@pytest.mark.parametrize(
    ("number", "total", "places"), [(0, 100, []), (1, 100, [50]), (3, 6000, [1500, 3000, 4500])]
)
def test_troubles_are_spread(number: int, total: int, places: list[int]) -> None:
    """They come at even distances, none at the beginning or at the end."""
    assert list(moments(number, total)) == places


@pytest.mark.parametrize(
    ("wanted", "amid"), [((6, 2, 1), 3), ((2, 1, 1), 1), ((1, 2, 0), 0), ((4, 0, 0), 0)]
)
def test_half_of_the_kills_are_in_outages(wanted: tuple[int, int, int], amid: int) -> None:
    """As many processes are killed as are wanted, half of them while a store is away."""
    troubles = Troubles(cast("Any", None), Ledger(), ["faxes"], chance(1), 10, print)
    planned = troubles.planned(*wanted)
    outages = [each for each in planned if isinstance(each, partial)]
    assert len(planned) == sum(wanted) - amid
    assert sum(each.keywords["killing"] for each in outages) == amid
    assert len(outages) == wanted[1] + wanted[2]
