"""Funnels: the events of a caller's journey through a menu, and how they are counted."""

from typing import Any, cast

import pytest

from pivotkit.calls.call import Call, Context
from pivotkit.calls.conversations import Reply
from pivotkit.calls.memory import Memory
from pivotkit.core.errors import AnswerError
from pivotkit.kazoo import Action
from pivotkit.phone.funnel import Funnel, Journey, outcomes_by_step
from pivotkit.store.remembered import Remembered

HOOK = "https://server.example/hook"


def journey(run: str = "run") -> Journey:
    """A new journey through a funnel, as each replay starts one."""
    memory = Memory("account#call", run, Remembered({}, {}), 0, {})
    call = Call("a" * 32, "call@example", "kazoo", context=Context(memory=memory))
    return Funnel("welcome", HOOK).start(call)


def events(flow: Action) -> list[dict[str, str]]:
    """The custom data of the webhooks at the beginning of *flow*."""
    found = []
    following: Action | None = flow
    while following and following.module == "webhook":
        found.append(cast("dict[str, str]", following.data["custom_data"]))
        following = following.children.get("_")
    return found


def asked(this: Journey, keys: str | None) -> tuple[Action, str]:
    """The prompt of a question, and its outcome when the caller pressed *keys*."""
    steps = this.ask("topic", "For sales, press 1.", {"1": "sales", "42": "secret"})
    question = next(steps)
    assert (question.max_digits, question.name) == (2, "topic")
    with pytest.raises(StopIteration) as stop:
        steps.send(Reply(keys))
    return cast("Action", question.prompt), stop.value.value


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [("1", "sales"), ("42", "secret"), ("9", "wrong_key"), ("12", "wrong_key"), (None, "silence")],
)
def test_a_question(keys: str | None, outcome: str) -> None:
    """A question is reported when it is asked, its outcome with the next event, both once."""
    this = journey()
    prompt, found = asked(this, keys)
    assert found == outcome
    reported = events(prompt) + events(this.report("sales", "rung"))
    assert [(each["number"], each["step"], each["outcome"]) for each in reported] == [
        ("1", "topic", "asked"),
        ("2", "topic", outcome),
        ("3", "sales", "rung"),
    ]
    assert {(each["hook_event"], each["funnel"]) for each in reported} == {("funnel", "welcome")}
    assert len(events(this.report("sales", "unanswered"))) == 1


def test_keys_are_not_reported() -> None:
    """An event holds names of the template, never a caller's digits."""
    this = journey()
    asked(this, "42")
    assert "42" not in {value for each in events(this.report("x", "y")) for value in each.values()}


def test_event_ids() -> None:
    """A replay makes the same event; another run, and the next event, make others."""
    this = journey()
    one = events(this.report("topic", "asked"))
    two = events(this.report("topic", "asked"))
    assert events(journey().report("topic", "asked")) == one
    ids = {
        each["event_id"] for each in one + two + events(journey("other").report("topic", "asked"))
    }
    assert len(ids) == 3


@pytest.mark.parametrize("uri", ["", "server.example/hook", "https://", "ftp://server.example"])
def test_a_bad_url(uri: str) -> None:
    """A URL that KAZOO would reject is an error when the function starts."""
    with pytest.raises(AnswerError, match="webhook: uri"):
        Funnel("welcome", uri)


def event(number: int, step: str, outcome: str) -> dict[str, Any]:
    """One event."""
    return {"event_id": str(number), "step": step, "outcome": outcome}


def test_counting() -> None:
    """Outcomes and callers who left are counted by step; a repeated event counts once."""
    events_with_repetition = [
        event(1, "topic", "asked"),
        event(2, "topic", "asked"),
        event(2, "topic", "asked"),
        event(3, "topic", "sales"),
        event(4, "sales", "rung"),
    ]
    assert outcomes_by_step(events_with_repetition) == {
        "topic": {"asked": 2, "sales": 1, "left": 1},
        "sales": {"rung": 1},
    }
    assert outcomes_by_step([]) == {}
