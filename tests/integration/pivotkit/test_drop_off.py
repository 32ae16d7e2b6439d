"""Steps of a menu, counted once whatever order they come in."""

import threading
from collections.abc import Mapping

import pytest

from pivotkit.drop_off import DropOff
from pivotkit.parameters import Value

DAY, AT = "2026-01-15", 1_768_469_400


@pytest.fixture
def drop_off(tables: Mapping[str, str]) -> DropOff:
    """Nothing was counted yet."""
    assert tables
    return DropOff()


def event(number: int, step: str, outcome: str, **more: Value) -> dict[str, Value]:
    """The event *number* of a funnel."""
    told = {"funnel": "welcome", "step": step, "outcome": outcome, "event_id": f"id-{number}"}
    return told | more


def test_where_callers_leave(drop_off: DropOff) -> None:
    """Of three who are asked one chooses, one is silent, and one has left."""
    events = [event(number, "topic", "asked") for number in range(3)]
    events += [event(3, "topic", "sales"), event(4, "topic", "silence"), event(5, "sales", "rung")]
    for each in reversed(events):
        assert drop_off.count(each, AT)
    assert drop_off.of("welcome", DAY) == {
        "sales": {"rung": 1},
        "topic": {"asked": 3, "sales": 1, "silence": 1, "left": 1},
    }
    assert drop_off.of("welcome", "2026-01-16") == {}


def test_an_event_that_comes_twice(drop_off: DropOff) -> None:
    """A repeated event counts once, also on the next day."""
    assert drop_off.count(event(1, "topic", "asked"), AT)
    assert not drop_off.count(event(1, "topic", "asked"), AT)
    assert not drop_off.count(event(1, "topic", "asked"), AT + 86_400)
    assert drop_off.of("welcome", DAY)["topic"]["asked"] == 1


def test_an_event_without_an_id(drop_off: DropOff) -> None:
    """What a stored callflow tells is the same for every call: its delivery tells it apart."""
    told = event(1, "topic", "reached", event_id="")
    assert not drop_off.count(told, AT)
    assert [drop_off.count(told, AT, delivery) for delivery in "abb"] == [True, True, False]
    assert drop_off.of("welcome", DAY)["topic"] == {"reached": 2}


def test_copies_at_the_same_moment(drop_off: DropOff) -> None:
    """Of concurrent copies one counts; the others are told so, or come again."""

    def count() -> None:
        drop_off.count(event(1, "topic", "asked"), AT)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drop_off.of("welcome", DAY)["topic"]["asked"] == 1


@pytest.mark.parametrize(
    "more", [{"step": ""}, {"outcome": None}, {"funnel": "a b"}, {"event_id": "x" * 65}]
)
def test_what_is_not_counted(drop_off: DropOff, more: dict[str, Value]) -> None:
    """An event without its four words is left out."""
    assert not drop_off.count(event(1, "topic", "asked") | more, AT)
