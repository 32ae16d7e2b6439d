"""docs/prompts.md: what counts as a prompt, and what it is called."""

import pytest

from scripts.make_prompts import Prompt, in_code, in_document, merged

CODE = '''
"""A template that greets. It has a docstring."""

BYE = tts("Goodbye.") >> hangup()
WAIT = kazoo.tts("One moment") >> hangup()
REASONS = {"busy": "The line is busy.", "other": 3}
PLACES = setting("PLACES", "user:1 user:2")
"""Where calls go. This explains the constant."""


class Visit:
    def said(self) -> str:
        """What is said. Not heard itself."""
        if not self.people:
            raise DocumentError("visit", "people", 0, "Needs people.")
        logger.info("Nobody is due. Skipped.")
        return f"There are {len(self.people)} people. {self.ending or BYE}"


def handler(call: Call) -> Flow:
    greeting = "Welcome back. " if call.follow_up else ""
    answer = yield from way.ask("topic", "For sales, press 1.")
    return Say(f"{greeting}You owe {money(bill['cents'])}")
'''


def test_what_callers_hear_is_found_in_code() -> None:
    """Sentences and arguments of speakers are prompts; docstrings, errors, and logs are not."""
    assert in_code(CODE) == [
        Prompt("`BYE`", "Goodbye."),
        Prompt("`WAIT`", "One moment"),
        Prompt("`REASONS['busy']`", "The line is busy."),
        Prompt("`Visit.said`", "There are {people} people. {ending}"),
        Prompt("`handler.greeting`", "Welcome back. "),
        Prompt("`handler.answer`", "For sales, press 1."),
        Prompt("`handler`", "{greeting}You owe {cents}"),
    ]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("name", "name"),
        ("NUMBER", "number"),
        ("call.caller.spoken_name", "spoken_name"),
        ("spoken(reason) or NONE", "reason"),
        ("digit_by_digit(number.lstrip('+'))", "number"),
        ("names[0]", "names"),
        ("entry['start']", "start"),
        ("we_call(number)", "we_call"),
    ],
)
def test_a_placeholder_has_the_name_of_its_value(expression: str, name: str) -> None:
    """Functions that only format a value are left out of the name."""
    assert in_code(f'tts(f"Hello {{{expression}}}.")') == [Prompt("", f"Hello {{{name}}}.")]


@pytest.mark.parametrize("text", ["a.b.c", "{_FOLLOW_UP}.", "must be text", "(user|group)?", " "])
def test_what_is_no_sentence_is_no_prompt(text: str) -> None:
    """Names, patterns, and rules of errors stay off the page."""
    assert in_code(f"VALUE = {text!r}") == []


def test_sentences_of_documents_are_prompts() -> None:
    """A field is named by its path; the text of a callflow is the fallback."""
    tree = {"nodes": [{"say": "We are open."}, {"user": "b2c0a4"}], "why": "Nuisance calls"}
    flow = {"data": {"text": "Please try again later."}}

    assert list(in_document(tree, "tree.json")) == [
        Prompt("`nodes[1].say` in `tree.json`", "We are open.")
    ]
    assert list(in_document(flow, "callflow.json")) == [
        Prompt("fallback in `callflow.json`", "Please try again later.")
    ]


def test_a_text_is_listed_once() -> None:
    """Its places share a row."""
    assert merged([Prompt("a", "Bye."), Prompt("b", "Hi. "), Prompt("c", "Bye. ")]) == [
        Prompt("a, c", "Bye."),
        Prompt("b", "Hi."),
    ]
