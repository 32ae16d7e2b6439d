"""The rows of legs that have ended, and their sums by account and day."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pivotkit.core.errors import StateUnavailable
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.call_figures import BOUNDS, CallFigures, Leg, bar_of, leg_item
from pivotkit.store.day_shards import SHARDS
from tests.aws import aws_client
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


def put(item: Item) -> None:
    """Store an item as it is."""
    aws_client("dynamodb").put_item(TableName=os.environ["CALL_FIGURES_TABLE"], Item=item)


def stored() -> list[Item]:
    """All items of the table."""
    found: list[Item] = aws_client("dynamodb").scan(TableName=os.environ["CALL_FIGURES_TABLE"])[
        "Items"
    ]
    return found


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
    assert [leg.account_id for leg in figures.legs(DAY)] == [OTHER, ACCOUNT, ACCOUNT]
    assert [leg.call_id for leg in figures.legs(DAY, ACCOUNT)] == ["leg-2", "call-1"]
    assert list(figures.legs(DAY - timedelta(days=1))) == []
    assert {each.account_id for each in figures.sums([DAY])} == {ACCOUNT, OTHER}
    assert list(figures.legs(DAY, ACCOUNT, after=DIALED)) == [CALL]


def test_no_key_takes_the_legs_of_a_day(figures: CallFigures) -> None:
    """The legs of one account are spread over all keys of their day, and so are their sums."""
    for number in range(80):
        figures.keep(replace(CALL, call_id=f"call-{number}"))
    (found,) = figures.sums([DAY])
    assert found.numbers["legs"] == 80
    keys = Counter(item["pk"]["S"] for item in stored() if item["sk"]["S"] == ACCOUNT)
    assert len(keys) == SHARDS
    legs = Counter(item["day"]["S"] for item in stored() if "day" in item)
    assert len(legs) == SHARDS
    assert max(legs.values()) < 80 / 2


@pytest.fixture
def old(tables: Mapping[str, str]) -> list[Leg]:
    """Legs of an earlier layer, all under the day itself, and their sums."""
    assert tables["CALL_FIGURES_TABLE"]
    legs = [replace(CALL, call_id=f"old-{number}", at=NOON - number // 4) for number in range(12)]
    for leg in legs:
        put({**leg_item(leg, 1, {"N": str(NOON + 86_400)}), "day": {"S": f"{DAY}"}})
    numbers = sum((leg.sums for leg in legs), Counter())
    named = {name: {"N": str(number)} for name, number in numbers.items()}
    put({"pk": {"S": f"sums#{DAY}"}, "sk": {"S": ACCOUNT}, **named})
    return legs


def test_what_was_stored_before_there_were_shards_counts(
    figures: CallFigures, old: list[Leg]
) -> None:
    """Its sums are added to later ones, and a leg that changes counts as it is now."""
    assert sums(figures)["legs"] == 12
    figures.keep(CALL)
    figures.keep(replace(old[0], billed=100))
    assert (sums(figures)["legs"], sums(figures)["seconds"]) == (13, 11 * 60 + 100 + 60)


@pytest.mark.parametrize("shards", [SHARDS, 12])
def test_legs_follow_each_one_of_their_day(
    figures: CallFigures, old: list[Leg], monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    """From any leg on, the others follow as if there had been no break, old ones among new ones."""
    monkeypatch.setattr("pivotkit.store.day_shards.SHARDS", shards)
    monkeypatch.setattr("pivotkit.store.call_figures.BATCH", 9)
    for leg in old:
        figures.keep(replace(leg, call_id=f"new-{leg.call_id}"))
    every = list(figures.legs(DAY))
    assert sorted(leg.call_id for leg in every) == sorted(
        f"{prefix}{leg.call_id}" for leg in old for prefix in ("", "new-")
    )
    for place, leg in enumerate(every, start=1):
        assert list(figures.legs(DAY, after=leg)) == every[place:]


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
