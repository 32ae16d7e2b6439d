"""Files of calls that somebody has shared."""

import json
from typing import Any

import pytest

from pivotctl.phone import saved_calls
from pivotctl.phone.saved_calls import SavedCall
from pivotctl.phone.saved_files import SavedCallError, read, with_lines
from tests.unit.phone.played import played, twiml

GATHER = '<Response><Gather numDigits="1"><Say>One or two?</Say></Gather></Response>'
GOODBYE = twiml("<Response><Say>Goodbye.</Say><Hangup/></Response>")
HOSTILE = '"""\\\n</script>\u202e${system("x")} \u2019'


def saved(**facts: Any) -> SavedCall:
    """A call of two requests in which the caller presses 1."""
    return saved_calls.of("menu", played([twiml(GATHER), GOODBYE], press=("1",)), **facts)


def test_a_file_is_read_again() -> None:
    """A call that was saved to a file is the same when it is opened."""
    call = saved(caller_name=HOSTILE, rung="busy", world={"schedules": ["holiday"]})
    assert read(json.dumps(call.as_json()).encode()) == call


def test_a_file_holds_nothing_of_this_machine() -> None:
    """A shared file has the fields of the switch's events, not those that the page adds."""
    failed = {"type": "function_failed", "at": 0.0, "error": "KeyError", "report": ["app.py:1"]}
    events = [{**failed, "places": [{"path": "/home/jane/app.py"}]}, {"type": "broken", "at": 0.0}]
    assert saved_calls.of("menu", events).events == (failed,)


FACTS: list[tuple[dict[str, Any], str]] = [
    ({"mod": "k50"}, "call must be an object"),
    ({"mode": "k9"}, "'k9' is not a valid"),
    ({"template": 5}, "call.template is 5. Give the name of a Pivot function"),
    ({"template": "../../conftest"}, "call.template is"),
    ({"template": ""}, "call.template is"),
    ({"world": {"x": 1}}, "has no 'x'"),
    ({"began": "yesterday"}, "call.began is"),
    ({"caller_name": None}, "call.caller_name is null. Give text"),
    ({"variables": {"a": 1}}, "Give an object of texts"),
    ({"upstreams": {"crm": "away"}}, "by the name of a fake service"),
    ({"upstreams": {"x(); import os": "slow"}}, "by the name of a fake service"),
]
EVENTS: list[tuple[Any, str]] = [
    ({"type": "nope", "at": 0}, "no such event"),
    ({"type": ["heard"], "at": 0}, "no such event"),
    ({"type": "heard", "at": 0, "text": 5}, "no such event"),
    ({"type": "heard", "at": 0}, "no such event"),
    ({"type": "ringing", "at": 0, "targets": [5], "seconds": 1}, "cannot be read"),
    (
        {"type": "refused", "at": 0, "verdict": "dead_air", "meaning": "", "problems": [{}]},
        "cannot be read",
    ),
]
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"version": 2}, "version is 2. Open it with a newer pivotctl"),
    ({"format": "har"}, "has no format pivot-call"),
    ({"events": "none"}, "events must be a list"),
    *(({"call": {"template": "menu", **facts}}, text) for facts, text in FACTS),
    *(({"events": [event]}, text) for event, text in EVENTS),
]


@pytest.mark.parametrize(("change", "text"), CHANGES)
def test_a_file_that_is_no_call(change: dict[str, Any], text: str) -> None:
    """A file that holds no call is refused with the reason."""
    content = json.dumps({**saved().as_json(), **change}).encode()
    with pytest.raises(SavedCallError) as caught:
        read(content)
    assert text in str(caught.value)


def test_a_file_that_is_no_json() -> None:
    """Text that is not JSON is refused, and so is a file that is too large."""
    with pytest.raises(SavedCallError, match="not JSON"):
        read(b"{")
    with pytest.raises(SavedCallError, match="larger than 8 MB"):
        read(b" " * (8 * 1024 * 1024 + 1))


def test_text_that_is_nested_too_deeply() -> None:
    """A file that would exhaust the reader is refused."""
    with pytest.raises(SavedCallError, match="not JSON"):
        read(b"[" * 200_000)


def test_the_lines_of_an_event() -> None:
    """An event of a file has the lines that the live call had."""
    lines = [line["text"] for event in saved().events for line in with_lines(event)["lines"]]
    assert "hears   “One or two?”" in lines
    assert "hangs up" in lines
