"""The report of a campaign, and the reasons why it has failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest

from campaign.effects import Effects
from campaign.ledger import Ledger, Sent
from campaign.mix import one_round
from campaign.orders import Orders
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
    effects=[Effects("call_records", 8), Effects("fan_out", 2)],
    worker_kills=Counter({"fan_out": 1}),
    carried=5,
    redriven={},
    again=Counter({ReplayResult.THERE: 1}),
    posted_again=3,
    orders=Orders(10),
)
GOALS = Goals(deliveries=10, kills=3, worker_kills=1, restarts=2)


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
        "killed 1 workers (fan_out 1)",
        (
            "stream: every record came from the local AWS's own stream; 5 were read ahead of a "
            "stop, because it keeps none over a restart"
        ),
        "kept, as the receivers logged it: stored at once 6, queued 2",
        "replayed from the log: stored 1, already there 0, failed 0",
        "replayed once more: stored 0, already there 1, failed 0",
        "effects: call_records 8 of 8, doubled 0; fan_out 2 of 2, doubled 0",
        "records merged again in 10 orders: 0 others",
        (
            "posted again under the same ID, which the customer's server drops: 3; the worker was "
            "killed before it had noted them, or DynamoDB was gone"
        ),
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
        ({"worker_kills": Counter(), "posted_again": 0}, "0 workers killed: at least 1 are needed"),
        ({"restarts": 1}, "1 restarts of the store: at least 2 are needed"),
        (
            {"effects": [Effects("fan_out", 2, missing=("a#b",))]},
            "fan_out lacks 1 effects, such as a#b",
        ),
        (
            {"effects": [Effects("fan_out", 2, doubled=("a#b",))]},
            "fan_out has 1 effects twice, such as a#b",
        ),
        ({"orders": Orders(10, 1)}, "1 orders of deliveries made another record"),
        (
            {"again": Counter({ReplayResult.STORED: 1})},
            "the second replay of the log was not without effect",
        ),
        ({"posted_again": 41}, "41 events were posted again: more than the troubles explain"),
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
    stack = cast("Any", None)
    troubles = Troubles(stack, Ledger(), ["faxes"], ["fan_out"], chance(1), 10, print)
    planned = troubles.planned(*wanted)
    outages = [each for each in planned if isinstance(each, partial)]
    assert len(planned) == sum(wanted) - amid
    assert sum(each.keywords["killing"] for each in outages) == amid
    assert len(outages) == wanted[1] + wanted[2]
