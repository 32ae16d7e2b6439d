"""The page of prompts: which texts of the code and of JSON are spoken, and what they are called."""

from typing import Any

import pytest

from scripts.make_prompts import Prompt, merged, page, prompts_in, prompts_in_json
from tests.kazoo import ROOT

SPOKEN = [
    ('NO_ANSWER = tts("There was no answer.")', "no answer", "There was no answer."),
    ('GOODBYE = tts("Goodbye.")', "goodbye", "Goodbye."),
    ('REASONS = {"busy": "The line is busy."}', "reasons busy", "The line is busy."),
    ('ENDS = {Payment.GIVEN_UP: "Nothing was charged."}', "ends given up", "Nothing was charged."),
    ('L = [Language(offer="For English, press 1.")]', "l offer", "For English, press 1."),
    ('L = Language(offer="Para español, pulse 3.")', "l offer", "Para español, pulse 3."),
    ('def closed():\n    return tts("We\'re closed.")', "closed", "We're closed."),
    ('def closed():\n    words = "We\'re closed."', "closed", "We're closed."),
    ('def _ask_key():\n    sorry = "Sorry. "', "ask key", "Sorry."),
    ('class NextPlace:\n    def said(self):\n        return "You\'re next."',
     "next place said", "You're next."),
    ('@pivot(fallback=tts("We\'re closed."))\ndef handler(): ...',
     "handler fallback", "We're closed."),
    ('WORDS = setting("WORDS", "The line is busy.")', "words", "The line is busy."),
    ('MENU: str = ("For sales, press 1. "\n"For support, press 2.")',
     "menu", "For sales, press 1. For support, press 2."),
    ('A = f"Your balance is {balance}."', "a", "Your balance is {balance}."),
    ('A = f"Hello {name}".strip() + ". Welcome."', "a", "Hello {name}. Welcome."),
    ('A = f"{sorry}Please enter your PIN{ending}."', "a", "{sorry}Please enter your PIN{ending}."),
    ('A = f"Sorry. {MENU}"', "a", "Sorry. {MENU}"),
    ('A = tts("You have a call from") >> play(name)', "a", "You have a call from"),
]  # fmt: skip

SILENT = [
    '"""Answer calls."""',
    'def closed():\n    """Say that we are closed."""',
    'A = 1\n"""How often callers are asked."""',
    'def check():\n    raise ValueError("The number is not valid.")',
    'A = setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f")',
    'A = setting("COUNTRIES", "US CA")',
    'A = Upstream("CRM_URL", "https://crm.example.com/v1")',
    'A = "must be two capital letters."',
    'A = "The fixed line"',
    'A = f"{apology} {prompt}"',
    'A = hangup("USER_BUSY")',
    'TEXT = "Your code is {code}."',
]


@pytest.mark.parametrize(("code", "when", "words"), SPOKEN)
def test_a_sentence_is_a_prompt_named_by_where_it_stands(code: str, when: str, words: str) -> None:
    """A sentence is a prompt, and is called after its constant, key, or function."""
    assert list(prompts_in(code)) == [Prompt(when, words)]


@pytest.mark.parametrize("code", SILENT)
def test_other_texts_are_no_prompts(code: str) -> None:
    """Docstrings, errors, settings, parts of sentences, and text messages are not spoken."""
    assert list(prompts_in(code)) == []


@pytest.mark.parametrize(
    ("document", "prompts"),
    [
        ({"data": {"text": "We're closed."}}, [("data text", "We're closed.")]),
        ({"rules": ["A", {"say": "Hello."}]}, [("rules 2 say", "Hello.")]),
        ({"name": "Pivot Functions: ring", "id": "b2c0", "timeout": 20}, []),
        ({"why": "Nuisance calls"}, []),
    ],
)
def test_json_speaks_in_sentences(document: Any, prompts: list[tuple[str, str]]) -> None:
    """The sentences among the strings of a JSON value are prompts, called after their keys."""
    assert list(prompts_in_json(document)) == prompts


def test_a_text_is_listed_once() -> None:
    """A text that several names lead to is one prompt, with all of the names."""
    busy = "The line is busy."
    found = [Prompt("busy", busy), Prompt("closed", "We're closed."), Prompt("sorry", busy)]

    assert merged(found) == [Prompt("busy, sorry", busy), Prompt("closed", "We're closed.")]


def test_every_template_is_on_the_page() -> None:
    """The page has prompts of every template: each at least has a fallback or is named."""
    shown = page()
    names = [path.parent.name for path in (ROOT / "functions/pivot").glob("*/app.py")]

    assert [name for name in names if f"`{name}`" not in shown] == []
