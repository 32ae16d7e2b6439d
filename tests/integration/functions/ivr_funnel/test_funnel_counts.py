"""Counts of a funnel: each event counts once, in whatever order events come."""

import threading
from collections.abc import Mapping

import pytest

from pivotkit.events.envelope import Sent
from pivotkit.http.parameters import Value
from pivotkit.lookups.funnel_counts import FunnelCounts
from pivotkit.services.crossbar import Account
from pivotkit.store import Item
from pivotkit.store.records import Delivery

OURS, THEIRS = Account("a" * 32), Account("b" * 32)
DAY, AT = "2026-01-15", 1_768_469_400


@pytest.fixture
def counts(tables: Mapping[str, str]) -> FunnelCounts:
    """Counts without any event."""
    assert tables
    return FunnelCounts()


def event(
    number: int, step: str, outcome: str, at: int = AT, account: Account = OURS, **more: Value
) -> Delivery:
    """The event *number* of a funnel."""
    fields: dict[str, Value] = {
        "funnel": "welcome",
        "step": step,
        "outcome": outcome,
        "event_id": f"id-{number}",
    }
    item: Item = {"sk": {"S": f"event#{number}"}, "received_at": {"N": str(at)}}
    return Delivery(f"{account.account_id}#c1", item, Sent(fields | more))


def test_where_callers_leave(counts: FunnelCounts) -> None:
    """Of three callers who are asked, one chooses, one is silent, and one has left."""
    events = [event(number, "topic", "asked") for number in range(3)]
    events += [event(3, "topic", "sales"), event(4, "topic", "silence"), event(5, "sales", "rung")]
    for each in reversed(events):
        assert counts.count(each)
    assert counts.of(OURS, "welcome", DAY) == {
        "sales": {"rung": 1},
        "topic": {"asked": 3, "sales": 1, "silence": 1, "left": 1},
    }
    assert counts.of(OURS, "welcome", "2026-01-16") == {}


def test_an_event_that_comes_twice(counts: FunnelCounts) -> None:
    """A repeated event counts once, also on the next day."""
    assert counts.count(event(1, "topic", "asked"))
    assert not counts.count(event(1, "topic", "asked"))
    assert not counts.count(event(1, "topic", "asked", AT + 86_400))
    assert counts.of(OURS, "welcome", DAY)["topic"]["asked"] == 1


def test_an_event_without_an_id(counts: FunnelCounts) -> None:
    """Events of a stored callflow have no ID, and are told apart by their delivery."""
    reached = [event(number, "topic", "reached", event_id="") for number in (1, 2, 2)]
    assert [counts.count(each) for each in reached] == [True, True, False]
    assert counts.of(OURS, "welcome", DAY)["topic"] == {"reached": 2}


def test_the_same_event_in_two_accounts(counts: FunnelCounts) -> None:
    """Accounts with the same menu and the same IDs of events have counts of their own."""
    assert counts.count(event(1, "topic", "asked"))
    assert counts.of(THEIRS, "welcome", DAY) == {}
    assert counts.count(event(1, "topic", "asked", account=THEIRS))
    assert counts.of(OURS, "welcome", DAY) == counts.of(THEIRS, "welcome", DAY)


def test_copies_at_the_same_moment(counts: FunnelCounts) -> None:
    """Of concurrent copies of an event, one counts."""

    def count() -> None:
        counts.count(event(1, "topic", "asked"))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.of(OURS, "welcome", DAY)["topic"]["asked"] == 1


@pytest.mark.parametrize(
    "more", [{"step": ""}, {"outcome": None}, {"funnel": "a b"}, {"event_id": "x" * 65}]
)
def test_incomplete_events(counts: FunnelCounts, more: dict[str, Value]) -> None:
    """An event that lacks one of its four words is not counted."""
    fields = {"step": "topic", "outcome": "asked", **more}
    assert not counts.count(event(1, **fields))  # type: ignore[arg-type]
