"""The state of a call before and after a request."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.phone.state_diff import HIDDEN, StateSeen, StateWatch, differences, shown
from pivotctl.switch.events import AnswerReceived, CallEvent, RequestSent

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=3), deeper),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {"var:color": "red"}, [("var:color", "added", None, "red")]),
        ({"var:color": "red"}, {}, [("var:color", "removed", "red", None)]),
        ({"n": 1}, {"n": 2}, [("n", "changed", 1, 2)]),
        (
            {"run:menu:1": [{"value": "1"}]},
            {"run:menu:1": [{"value": "1"}, {"value": None}]},
            [("run:menu:1[1]", "added", None, {"value": None})],
        ),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": None}}, [("a.c", "added", None, None)]),
    ],
)
def test_changes(before: Any, after: Any, changes: list[tuple[Any, ...]]) -> None:
    """A change names the deepest path at which two values differ."""
    found = differences(before, after)
    assert [(each.path, each.change, each.before, each.after) for each in found] == changes


@given(JSON)
def test_equal_values_do_not_differ(value: Any) -> None:
    """A value does not differ from itself."""
    assert list(differences(value, json.loads(json.dumps(value)))) == []


def test_an_item_is_read() -> None:
    """Texts that are JSON are shown as values, numbers and lists as such."""
    item = {
        "pk": {"S": "account#call"},
        "expires_at": {"N": "1790000000"},
        "run:menu:1": {"L": [{"S": '{"at":1,"value":"2"}'}]},
    }
    assert shown(item) == {
        "pk": "account#call",
        "expires_at": 1790000000,
        "run:menu:1": [{"at": 1, "value": "2"}],
    }


def test_secrets_are_hidden() -> None:
    """Values whose name says that they are secret are not shown, at any depth."""
    item = {
        "var:api_key": {"S": '"k3y"'},
        "once:customer": {"S": '{"name":"Jane","pin_hash":"a2","cards":[{"token":"t"}]}'},
        "var:spinning": {"S": '"yes"'},
    }
    assert shown(item) == {
        "var:api_key": HIDDEN,
        "once:customer": {"name": "Jane", "pin_hash": HIDDEN, "cards": [{"token": HIDDEN}]},
        "var:spinning": "yes",
    }


def test_the_state_is_read_around_each_request() -> None:
    """The item is read before a request is sent, and when its answer is there."""
    stored: dict[str, Any] = {}

    def call() -> Iterator[CallEvent]:
        for step in (1, 2):
            yield RequestSent(method="POST", url="", parameters={})
            stored["step"] = step
            yield AnswerReceived(status=200, content_type=None, body="", seconds=0, kind="callflow")

    events = StateWatch("account#call", lambda _: dict(stored)).watched(call())
    seen = [event for event in events if isinstance(event, StateSeen)]
    assert [event.item for event in seen] == [{"step": 1}, {"step": 2}]
    assert [event.changes[0].change for event in seen] == ["added", "changed"]


def test_a_store_that_does_not_answer() -> None:
    """A call goes on without its state while the store cannot be read."""
    answers = iter([{}, None, None, {}, {}, {"step": 1}])

    def call() -> Iterator[CallEvent]:
        for _ in range(3):
            yield RequestSent(method="POST", url="", parameters={})
            yield AnswerReceived(status=200, content_type=None, body="", seconds=0, kind="callflow")

    events = list(StateWatch("account#call", lambda _: next(answers)).watched(call()))
    assert len(events) == 7
    assert [event.item for event in events if isinstance(event, StateSeen)] == [{"step": 1}]
