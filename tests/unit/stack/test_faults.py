"""Faults of the local AWS that are in its answers."""

import json

import pytest

from pivotctl.stack.faults import _SPOILERS, Spoil

ITEM = {"pk": {"S": "a"}, "sk": {"S": "b"}, "value": {"M": {}}, "expires_at": {"N": "9999999999"}}
KEYS = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ANSWERS = (
    {"Item": ITEM},
    {"Attributes": ITEM},
    {"Items": [ITEM]},
    {"Responses": {"table": [ITEM]}},
)


def spoiled(spoil: Spoil, answer: object, request: object) -> str:
    """The answer as a function gets it."""
    return spoil(json.dumps(answer).encode(), json.dumps(request).encode()).decode()


@pytest.mark.parametrize("answer", ANSWERS)
def test_items_of_another_shape(answer: object) -> None:
    """Every attribute but the keys has another type, whatever the operation was."""
    found = spoiled(_SPOILERS["misshapen"], answer, {})
    assert json.dumps({**KEYS, "value": {"S": "seven"}, "expires_at": {"S": "seven"}}) in found


def test_an_item_that_is_not_there_is_made_up() -> None:
    """A look-up finds an item of a wrong shape; an answer to a write stays as it is."""
    made = json.loads(spoiled(_SPOILERS["misshapen"], {}, {"Key": KEYS}))
    assert made["Item"].keys() > KEYS.keys()
    written = {"Key": KEYS, "UpdateExpression": "SET a = :a"}
    assert spoiled(_SPOILERS["misshapen"], {}, written) == "{}"


@pytest.mark.parametrize("answer", ANSWERS)
def test_items_that_expired(answer: object) -> None:
    """Items are as they were, but expired long ago."""
    found = spoiled(_SPOILERS["expired"], answer, {})
    assert json.dumps({**ITEM, "expires_at": {"N": "1"}}) in found
