"""The assistant that follows rules: its answers, and the faults of its document."""

import json
from typing import Any

import pytest

from functions.pivot.assistant.assistants import HAND_OVER, Exchange, Transcript, Turn
from functions.pivot.assistant.rules import RulesAssistant
from pivotkit.lookups.documents import DocumentError
from tests.kazoo import ROOT

MENU = "Menu."
DOCUMENT: dict[str, Any] = {
    "greeting": "Hello.",
    "menu": MENU,
    "unknown": "Sorry.",
    "rules": [
        {"heard": ["1", "hours"], "say": "From nine to five."},
        {"heard": ["42", "sales"], "say": "One moment.", "connect": "sales"},
        {"heard": ["*", "bye"], "say": "Goodbye.", "end": True},
    ],
}
RULES = RulesAssistant.of(DOCUMENT)


def transcript(*heard: str | None) -> Transcript:
    """A conversation in which the caller gave these inputs after the greeting."""
    return Transcript("session", tuple(Exchange(each, "...") for each in (None, *heard)))


def test_the_first_turn() -> None:
    """The assistant greets, and waits for as many keys as the longest rule has."""
    assert RULES.turn(Transcript("session"), None) == Turn("Hello. Menu.", expect=2)


HEARD = {
    "1": Turn("From nine to five. Menu.", expect=2),
    "42": Turn("One moment.", connect="sales"),
    "*": Turn("Goodbye.", end=True),
    "bye": Turn("Goodbye.", end=True),
    "What are your hours": Turn("From nine to five. Menu.", expect=2),
    "HOURS or sales": Turn("From nine to five. Menu.", expect=2),
    "7": Turn("Sorry. Menu.", expect=2),
    "hoursales": Turn("Sorry. Menu.", expect=2),
}


@pytest.mark.parametrize(("heard", "turn"), HEARD.items())
def test_what_is_heard(heard: str, turn: Turn) -> None:
    """Keys and words lead to the same answers; the first known word counts."""
    assert RULES.turn(transcript(), heard) == turn


@pytest.mark.parametrize(
    ("before", "heard", "turn"),
    [
        ((), None, Turn("Menu.", expect=2)),
        ((None,), None, HAND_OVER),
        (("7",), None, HAND_OVER),
        ((None,), "7", HAND_OVER),
        (("7", "1"), "7", Turn("Sorry. Menu.", expect=2)),
        (("7",), "1", Turn("From nine to five. Menu.", expect=2)),
    ],
)
def test_misses(before: tuple[str | None, ...], heard: str | None, turn: Turn) -> None:
    """Two misses in a row hand over to a person; an answer in between resets the count."""
    assert RULES.turn(transcript(*before), heard) == turn


RULE = DOCUMENT["rules"][0]
FAULTS = {
    "the assistant: value is []: must be an object": [],
    "the assistant: menu is None: is required": {
        name: value for name, value in DOCUMENT.items() if name != "menu"
    },
    "the assistant: hello is 'x': must be one of": {**DOCUMENT, "hello": "x"},
    "the assistant: greeting is 'g": {**DOCUMENT, "greeting": "g" * 195},
    "the assistant: unknown is 'u": {**DOCUMENT, "unknown": "u" * 195},
    "rule 1: say is 's": {**DOCUMENT, "rules": [{**RULE, "say": "s" * 195}]},
    "rule 1: heard is None: is required": {**DOCUMENT, "rules": [{"say": "x"}]},
    "rule 1: heard is ['Hours']:": {**DOCUMENT, "rules": [{**RULE, "heard": ["Hours"]}]},
    "rule 1: end is True: must not be combined with connect": {
        **DOCUMENT,
        "rules": [{**RULE, "connect": "sales", "end": True}],
    },
    "rule 2: heard is '1': is already used by an earlier rule": {**DOCUMENT, "rules": [RULE, RULE]},
}


@pytest.mark.parametrize(("fault", "document"), FAULTS.items())
def test_a_document_with_a_fault(fault: str, document: Any) -> None:
    """The error names the rule and the field, and says what is allowed."""
    with pytest.raises(DocumentError) as error:
        RulesAssistant.of(document)
    assert str(error.value).startswith(fault)


def test_an_answer_of_full_length() -> None:
    """The longest answer that fits before the menu is accepted."""
    longest = "s" * (199 - len(MENU))
    rules = RulesAssistant.of({**DOCUMENT, "rules": [{**RULE, "say": longest}]})
    assert len(rules.turn(transcript(), "1").say) == 200


def test_the_rules_of_the_template_connect_to_its_people() -> None:
    """Each name in rules.json is one of PEOPLE in app.py."""
    folder = ROOT / "functions/pivot/assistant"
    rules = json.loads((folder / "rules.json").read_text(encoding="utf-8"))["rules"]
    assert {rule["connect"] for rule in rules if "connect" in rule} == {"sales", "person"}
