"""The plan for an account, as a function of what is wanted and what is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.connect.documents import MARK, FoundDocument, WantedDocument, digest_of
from pivotctl.connect.plan import Action, Difference, differences, planned, removing

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=6,
)
FLOWS = st.dictionaries(st.sampled_from(["1001", "1002", "1003"]), JSON)


def wanted_from(flows: dict[str, Any]) -> list[WantedDocument]:
    """A callflow for each number, with some flow."""
    return [
        WantedDocument("callflows", number, {"name": "x", "numbers": [number], "flow": flow})
        for number, flow in flows.items()
    ]


def stored(wanted: WantedDocument, **changed: Any) -> FoundDocument:
    """A document as Crossbar has it after it was made, with changes by hand."""
    document = {**wanted.fields, MARK: wanted.marked("p"), "patterns": [], **changed}
    return FoundDocument(wanted.collection, f"id-{wanted.name}", document)


@given(FLOWS)
def test_what_was_made_is_left(flows: dict[str, Any]) -> None:
    """A document that was stored as wanted needs nothing, whatever is in it."""
    wanted = wanted_from(flows)
    plan = planned(wanted, [stored(each) for each in wanted], overwrite=True, prune=True)
    assert not plan.pending
    assert plan.count(Action.LEAVE) == len(wanted)


@given(FLOWS, FLOWS)
def test_a_plan_leads_to_what_is_wanted(before: dict[str, Any], after: dict[str, Any]) -> None:
    """With --prune, what is created, changed, and left is exactly what is wanted."""
    plan = planned(wanted_from(after), [stored(each) for each in wanted_from(before)], prune=True)
    kept = [step.name for step in plan.steps if step.action is not Action.REMOVE]
    assert kept == list(after)
    gone = {step.name for step in plan.steps if step.action is Action.REMOVE}
    assert gone == before.keys() - after.keys()


@given(FLOWS, FLOWS)
def test_a_plan_changes_no_edit(before: dict[str, Any], after: dict[str, Any]) -> None:
    """A document that was edited by hand is in no pending step, unless it is to be overwritten."""
    found = [stored(each, name="by hand") for each in wanted_from(before)]
    plan = planned(wanted_from(after), found, prune=True)
    assert {step.action for step in plan.pending} <= {Action.CREATE}
    forced = planned(wanted_from(after), found, prune=True, overwrite=True)
    assert forced.count(Action.EDITED) == 0
    assert len(removing(found).pending) == len(found)


def test_what_crossbar_stores_otherwise() -> None:
    """A field that Crossbar has written in another form is neither a change nor an edit."""
    (wanted,) = wanted_from({"4155550123": {}})
    fields = {**wanted.fields, "numbers": ["+14155550123"]}
    mark = wanted.marked("p", digest_of(fields))
    plan = planned([wanted], [FoundDocument("callflows", "id", {**fields, MARK: mark})])
    assert [step.action for step in plan.steps] == [Action.LEAVE]


def test_a_document_that_was_made_twice() -> None:
    """A second document with the same name is no longer wanted."""
    (wanted,) = wanted_from({"1001": {}})
    twins = [stored(wanted), FoundDocument("callflows", "id-2", stored(wanted).document)]
    actions = [step.action for step in planned([wanted], twins).steps]
    assert actions == [Action.LEAVE, Action.REMOVABLE]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Difference("a.b", 1, 2)]),
        ({"a": 1}, {}, [Difference("a", 1, None)]),
        ({}, {"a": {"b": 1}}, [Difference("a.b", None, 1)]),
        ({}, {"a": {}}, [Difference("a", None, {})]),
        ({"a": "x"}, {"a": {"b": 1}}, [Difference("a", "x", {"b": 1})]),
        ({"a": [1]}, {"a": [2]}, [Difference("a", [1], [2])]),
    ],
)
def test_differences(old: Any, new: Any, expected: list[Difference]) -> None:
    """A difference is named by its dotted field, with old and new value."""
    assert list(differences(old, new)) == expected
