"""The rows of legs that have ended, and their sums by account and day."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pivotkit.core.errors import StateUnavailable
from pivotkit.http.parameters import Value
from pivotkit.store.call_figures import BOUNDS, CallFigures, Leg, bar_of
from tests.events import ACCOUNT

OTHER = "f" * 32
DAY = datetime.now(UTC).date()
NOON = int(datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC).timestamp())
CALL = Leg(
    ACCOUNT, "call-1", NOON, "inbound", "+14155550199", "Jo", "1001", 75, 60, "NORMAL_CLEARING"
)
DIALED = Leg(
    ACCOUNT, "leg-2", NOON + 1, "outbound", "1001", "", "+33123456789", 40, 40, "NORMAL_CLEARING"
)


@pytest.fixture
def figures(tables: Mapping[str, str]) -> CallFigures:
    """The table, empty."""
    assert tables["CALL_FIGURES_TABLE"]
    return CallFigures()


def sums(figures: CallFigures, account: str = ACCOUNT, day: date = DAY) -> dict[str, int]:
    """The sums of an account on a day."""
    found = [dict(each.numbers) for each in figures.sums([day], [account])]
    return {name: number for name, number in (found[0] if found else {}).items() if number}


def test_a_leg_counts_once(figures: CallFigures) -> None:
    """The same leg again changes nothing."""
    assert [figures.keep(CALL) for _ in range(3)] == [True, False, False]
    assert sums(figures) == {
        "legs": 1, "seconds": 60, "calls:12": 1, "lasted:3": 1, "cause:NORMAL_CLEARING": 1
    }  # fmt: skip


def test_a_changed_leg_counts_as_it_is_now(figures: CallFigures) -> None:
    """Whatever the order in which its facts come, the sums are those of its last state."""
    rated = replace(DIALED, destination="France", cost=120, currency="EUR")
    orders = itertools.permutations([DIALED, replace(DIALED, billed=39), rated])
    for number, states in enumerate(orders):
        for state in (*states, rated):
            figures.keep(replace(state, call_id=f"leg-{number}"))
    assert sums(figures) == {
        "legs": 6, "seconds": 240, "cause:NORMAL_CLEARING": 6, "destination:France": 6,
        "cost:EUR": 720, "cost:EUR:France": 720,
    }  # fmt: skip


def test_a_leg_moves_to_the_day_of_its_end(figures: CallFigures) -> None:
    """A corrected end takes the leg out of the sums of the day before."""
    figures.keep(CALL)
    figures.keep(replace(CALL, at=CALL.at - 86_400))
    assert (sums(figures), sums(figures, day=DAY - timedelta(days=1))["legs"]) == ({}, 1)


def test_legs_at_the_same_time_are_all_counted(figures: CallFigures) -> None:
    """Deliveries at the same time, and those that are tried again, lose and double nothing."""
    legs = [replace(CALL, call_id=f"call-{number % 5}") for number in range(20)]

    def kept(leg: Leg) -> None:
        for _ in range(20):
            try:
                figures.keep(leg)
            except StateUnavailable:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(kept, legs))
    assert sums(figures)["legs"] == 5


def test_an_account_has_its_own(figures: CallFigures) -> None:
    """Rows and sums are found by account, and by day for all of them, the latest first."""
    figures.keep(CALL)
    figures.keep(DIALED)
    figures.keep(replace(CALL, account_id=OTHER, at=NOON + 5))
    assert [leg.account_id for leg in figures.legs(DAY, limit=10).legs] == [OTHER, ACCOUNT, ACCOUNT]
    assert [leg.call_id for leg in figures.legs(DAY, ACCOUNT, limit=10).legs] == ["leg-2", "call-1"]
    assert figures.legs(DAY - timedelta(days=1), limit=10).legs == []
    assert {each.account_id for each in figures.sums([DAY])} == {ACCOUNT, OTHER}
    first = figures.legs(DAY, ACCOUNT, limit=1)
    assert figures.legs(DAY, ACCOUNT, limit=1, after=first.after).legs == [CALL]


@pytest.mark.parametrize("seconds", [0, 9, 10, 59, 60, 3599, 3600, 10**6])
def test_a_duration_is_in_one_bar(seconds: int) -> None:
    """A bar begins at its bound."""
    assert bar_of(seconds) == max(at for at, bound in enumerate(BOUNDS) if bound <= seconds)


def test_hostile_values_are_bounded() -> None:
    """Texts of a device or a carrier can make neither a new sum nor an item without end."""
    record: dict[str, Value] = {
        "hangup_cause": "x" * 9000,
        "currency": "<b>",
        "duration_seconds": -5,
        "cost": True,
    }
    leg = Leg.of(ACCOUNT, "c", {**record, "call_direction": "outbound"}, NOON)
    assert (len(leg.cause), leg.seconds) == (200, 0)
    assert leg.sums == Counter(
        {"legs": 1, "cause:OTHER": 1, "destination:-": 1, "cost:-:-": 0, "cost:-": 0, "seconds": 0}
    )
