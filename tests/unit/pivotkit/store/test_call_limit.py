"""The limit on an account's calls, counted by several environments with one table in memory."""

import io
import random
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.core.errors import StateUnavailable
from pivotkit.store import call_limit
from pivotkit.store.call_limit import AGAIN_SECONDS, CallLimit, CallsPerMinute, share
from pivotkit.store.table import Table
from tests.events import ACCOUNT

OTHER = "d4e2c6a3f5b7180990817c6d5e4f3a2b"


@dataclass
class Counts:
    """A table that adds as DynamoDB does, and one that is silent while `silent`.

    What it is sent then arrives or not, as `arrives` says.
    """

    calls: dict[str, int] = field(default_factory=dict)
    expires_at: dict[str, int] = field(default_factory=dict)
    writes: int = 0
    silent: bool = False
    arrives: bool = False

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """Add to an item, and return what it holds now."""
        assert operation == "update_item"
        self.writes += 1
        key = request["Key"]["pk"]["S"]
        values = {name: int(each["N"]) for name, each in request[_VALUES].items()}
        if self.arrives or not self.silent:
            self.calls[key] = self.calls.get(key, 0) + values[":new"]
            self.expires_at[key] = values[":expires"]
        if self.silent:
            raise StateUnavailable("ConnectTimeoutError")
        return {"Attributes": {"calls": {"N": str(self.calls[key])}}}


_VALUES = "ExpressionAttributeValues"


class Clock:
    """A clock that a test moves."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        """The time in Unix seconds."""
        return self.now


def environments(limits: str, table: Counts, clock: Clock, number: int = 1) -> list[CallLimit]:
    """Execution environments that share a table."""
    read = CallsPerMinute.read(limits)
    return [CallLimit(read, cast("Table", table), clock) for _ in range(number)]


def allowed(limit: CallLimit, calls: int, account: str = ACCOUNT) -> int:
    """The number of *calls* that are allowed."""
    return sum(limit.allow(account) for _ in range(calls))


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 60, 600])
def test_one_environment_keeps_the_limit_exactly(limit: int) -> None:
    """Calls beyond the limit that an environment counted itself are refused without the table."""
    (here,) = environments(str(limit), Counts(), Clock())
    assert allowed(here, 2 * limit) == limit


def test_an_account_with_few_calls_needs_no_table() -> None:
    """Until an environment has counted a share of the limit, a call waits for nothing."""
    table = Counts()
    (here,) = environments("600", table, Clock())
    assert allowed(here, share(600) - 1) == share(600) - 1
    assert table.writes == 0


def test_a_flood_beyond_the_limit_needs_no_table() -> None:
    """The writes of a minute are bounded by the limit, not by the flood."""
    table = Counts()
    (here,) = environments("600", table, Clock())
    allowed(here, 100_000)
    assert table.writes == 600 // share(600)


def test_a_minute_ends() -> None:
    """Each minute of the clock has an item of its own, which expires."""
    table, clock = Counts(), Clock()
    (here,) = environments("8", table, clock)
    assert [allowed(here, 20), allowed(here, 20)] == [8, 0]
    clock.now += 60
    assert allowed(here, 20) == 8
    assert sorted(table.calls.values()) == [8, 8]
    assert all(clock.now < at < clock.now + 3600 for at in table.expires_at.values())


def test_some_accounts_have_limits_of_their_own() -> None:
    """An account's own limit counts, whether or not all have one."""
    (both,) = environments(f"5,{OTHER}:9", Counts(), Clock())
    assert [allowed(both, 20), allowed(both, 20, OTHER)] == [5, 9]
    (alone,) = environments(f"{OTHER}:9", Counts(), Clock())
    assert [allowed(alone, 20), allowed(alone, 20, OTHER)] == [20, 9]


@pytest.mark.parametrize("text", ["0", "many", "600 :", f"{OTHER}:0", f"{OTHER}:", "-1"])
def test_a_limit_that_is_none_fails_the_import(text: str) -> None:
    """A wrong value names the variable, the entry, and the rule."""
    with pytest.raises(
        ValueError, match=r"CALLS_PER_MINUTE: .*: use a number from 1, or <account>"
    ):
        CallsPerMinute.read(text)


@settings(max_examples=60)
@given(
    limit=st.integers(1, 400),
    number=st.integers(1, 8),
    chance=st.randoms(use_true_random=True),
    flaky=st.booleans(),
)
def test_a_flood_is_bounded_and_harms_nobody(
    limit: int, number: int, chance: random.Random, *, flaky: bool
) -> None:
    """Nobody is refused below the limit, in whatever order calls come, the table silent or not.

    While it answers, less than a share for each environment gets through beyond the limit.
    """
    table, clock = Counts(), Clock()
    stack, got_through, others = environments(str(limit), table, clock, number), 0, 0
    for _ in range(3 * limit + 20):
        table.silent, table.arrives = flaky and chance.random() < 0.3, chance.random() < 0.5
        clock.now += 0.001
        if chance.choice(stack).allow(ACCOUNT):
            got_through += 1
        else:
            assert got_through >= limit
        if others < limit and chance.random() < 0.2:
            others += 1
            assert chance.choice(stack).allow(OTHER)
    beyond = number * (share(limit) - 1)
    assert limit <= got_through <= (number * limit if flaky else limit + beyond)
    if not flaky:
        assert table.writes <= 2 * (limit // share(limit) + number)


def test_a_silent_table_refuses_nobody_and_is_left_alone(log: io.StringIO) -> None:
    """A table that cannot be reached is asked again after some seconds, not by every call."""
    table, clock = Counts(silent=True), Clock()
    here, there = environments("40", table, clock, 2)
    assert allowed(here, 40) == 40
    assert table.writes == 1
    clock.now += AGAIN_SECONDS
    assert [allowed(here, 1), allowed(there, 30)] == [0, 30]
    assert table.writes == 2
    assert "call_limit_unavailable" in log.getvalue()


def test_what_is_learned_later_counts() -> None:
    """Once the table answers again, the calls of other environments count again."""
    table, clock = Counts(silent=True), Clock()
    here, there = environments("40", table, clock, 2)
    assert [allowed(here, 20), allowed(there, 20)] == [20, 20]
    clock.now += AGAIN_SECONDS
    table.silent = False
    assert allowed(here, 40) == 20
    assert allowed(there, 40) < 20


def test_an_environment_counts_a_bounded_number_of_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The account that has called least recently makes room; a flood never does."""
    monkeypatch.setattr(call_limit, "MOST_KEPT", 3)
    (here,) = environments("50", Counts(), Clock())
    for at in range(100):
        here.allow(ACCOUNT)
        here.allow(f"account-{at}")
        assert len(here._counts) <= 3
    assert not here.allow(ACCOUNT)
