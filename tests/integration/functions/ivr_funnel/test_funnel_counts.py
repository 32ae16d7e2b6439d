"""Counts of a funnel: each event counts once, in whatever order events come."""

import threading
from collections.abc import Mapping

import pytest

from functions.workers.ivr_funnel.funnel_counts import FunnelCounts
from pivotkit.http.parameters import Value

DAY, AT = "2026-01-15", 1_768_469_400


@pytest.fixture
def counts(tables: Mapping[str, str]) -> FunnelCounts:
    """Counts without any event."""
    assert tables
    return FunnelCounts()


def event(number: int, step: str, outcome: str, **more: Value) -> dict[str, Value]:
    """The event *number* of a funnel."""
    fields = {"funnel": "welcome", "step": step, "outcome": outcome, "event_id": f"id-{number}"}
    return fields | more


def test_where_callers_leave(counts: FunnelCounts) -> None:
    """Of three callers who are asked, one chooses, one is silent, and one has left."""
    events = [event(number, "topic", "asked") for number in range(3)]
    events += [event(3, "topic", "sales"), event(4, "topic", "silence"), event(5, "sales", "rung")]
    for each in reversed(events):
        assert counts.count(each, AT)
    assert counts.of("welcome", DAY) == {
        "sales": {"rung": 1},
        "topic": {"asked": 3, "sales": 1, "silence": 1, "left": 1},
    }
    assert counts.of("welcome", "2026-01-16") == {}


def test_an_event_that_comes_twice(counts: FunnelCounts) -> None:
    """A repeated event counts once, also on the next day."""
    assert counts.count(event(1, "topic", "asked"), AT)
    assert not counts.count(event(1, "topic", "asked"), AT)
    assert not counts.count(event(1, "topic", "asked"), AT + 86_400)
    assert counts.of("welcome", DAY)["topic"]["asked"] == 1


def test_an_event_without_an_id(counts: FunnelCounts) -> None:
    """Events of a stored callflow have no ID, and are told apart by their delivery."""
    reached = event(1, "topic", "reached", event_id="")
    assert not counts.count(reached, AT)
    assert [counts.count(reached, AT, delivery) for delivery in "abb"] == [True, True, False]
    assert counts.of("welcome", DAY)["topic"] == {"reached": 2}


def test_copies_at_the_same_moment(counts: FunnelCounts) -> None:
    """Of concurrent copies of an event, one counts."""

    def count() -> None:
        counts.count(event(1, "topic", "asked"), AT)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.of("welcome", DAY)["topic"]["asked"] == 1


@pytest.mark.parametrize(
    "more", [{"step": ""}, {"outcome": None}, {"funnel": "a b"}, {"event_id": "x" * 65}]
)
def test_incomplete_events(counts: FunnelCounts, more: dict[str, Value]) -> None:
    """An event that lacks one of its four words is not counted."""
    assert not counts.count(event(1, "topic", "asked") | more, AT)
