"""Calls that are repeated against changed code."""

from typing import Any

import pytest

from pivotctl.phone import saved_calls
from pivotctl.phone.replays import compared, rows
from pivotctl.phone.saved_calls import SavedCall
from tests.unit.phone.played import played, twiml

GATHER = '<Response><Gather numDigits="1" action="{url}"><Say>One or two?</Say></Gather></Response>'
URL = "http://127.0.0.1:8080/{key}/pivot/menu"


def call(key: str, *texts: str, **facts: Any) -> SavedCall:
    """A call in which the caller presses 1, and then hears *texts*."""
    says = "".join(f"<Say>{text}</Say>" for text in texts)
    answers = [twiml(GATHER.format(url=URL.format(key=key))), twiml(f"<Response>{says}</Response>")]
    return saved_calls.of("menu", played(answers, press=("1",), **facts))


def test_the_same_call() -> None:
    """A call that differs in tokens, times, and Call-ID alone is the same."""
    first = call("token-1", "Goodbye.", call_id=f"{'a' * 32}@198.51.100.23")
    found = compared(first, call("token-2", "Goodbye.", call_id=f"{'b' * 32}@198.51.100.23"))
    assert found.same
    assert found.as_json()["same"] is True


def test_another_text() -> None:
    """A changed prompt is shown in the dialogue and in the answer that it is in."""
    found = compared(call("k", "Goodbye."), call("k", "See you."))
    changed = [row for row in found.dialogue if row.change != "same"]
    assert [(row.change, row.before, row.after) for row in changed] == [
        ("changed", "hears “Goodbye.”", "hears “See you.”")
    ]
    assert [all(row.change == "same" for row in answer) for answer in found.answers] == [
        True,
        False,
    ]
    assert not found.same


def test_a_caller_who_had_left() -> None:
    """Nothing after the point where the caller hung up is a difference."""
    whole = call("k", "One.", "Two.")
    heard = next(i for i, each in enumerate(whole.events) if each.get("text") == "One.")
    gone = {"type": "hung_up", "at": 9.0, "by": "caller", "cause": "NORMAL_CLEARING"}
    first = saved_calls.of("menu", [*whole.events[: heard + 1], gone, whole.events[-1]])
    assert compared(first, whole).same


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        (["a"], ["a"], ["same"]),
        (["a"], [], ["removed"]),
        ([], ["a"], ["added"]),
        (["a", "b"], ["a", "c", "d"], ["same", "changed", "added"]),
    ],
)
def test_rows(before: list[str], after: list[str], expected: list[str]) -> None:
    """Lines that both texts have stand beside each other."""
    assert [row.change for row in rows(before, after)] == expected
