"""Text from outside, made safe to speak."""

import unicodedata
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.core.errors import AnswerError
from pivotkit.core.speech import MAX_SPOKEN, clock, digit_by_digit, money, speakable, spoken

SPOKEN = {
    "": "",
    "Jane Doe": "Jane Doe",
    "  Jane \t\r\n Doe ": "Jane Doe",
    "O'Brien-Smith, Jr.": "O'Brien-Smith, Jr.",
    "Zoe\u0308": "Zoë",
    "李雷": "李雷",
    "हिन्दी": "हिन्दी",
    "${system(ls)}": "system ls",
    "<Say>x</Say>": "Say x Say",
    "a|b&c;d`e\\f": "a b c d e f",
    "a\x00b\x1b[31mc": "a b 31mc",
    "\u202eevil": "evil",
    "\ud800": "",
    "a" * 500: "a" * MAX_SPOKEN,
}


@pytest.mark.parametrize(("text", "expected"), SPOKEN.items(), ids=map(ascii, SPOKEN))
def test_spoken(text: str, expected: str) -> None:
    """Text from outside keeps only letters, marks, digits, spaces, and `. , ' -`."""
    assert spoken(text) == expected


@given(st.text(st.characters(), max_size=300))
@settings(max_examples=400, deadline=None)
def test_nothing_in_it_means_anything(text: str) -> None:
    """Spoken text from outside has no markup, expansion, control character, or line break."""
    found = spoken(text)
    assert len(found) <= MAX_SPOKEN
    assert found == spoken(found) == found.strip()
    for char in found:
        assert char in " .,'\u2019-" or unicodedata.category(char)[0] in "LMN"


@given(st.text(st.characters(), max_size=100))
@settings(max_examples=400, deadline=None)
def test_a_templates_own_text(text: str) -> None:
    """A template's text loses only control characters, lone surrogates, and the `$` of `${`."""
    found = speakable(text)
    assert "${" not in found
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in found)
    if text.isprintable() and "$" not in text:
        assert found == text


@pytest.mark.parametrize("value", [None, 1, b"a", ["a"]])
def test_what_is_no_text(value: object) -> None:
    """Values other than text are rejected."""
    with pytest.raises(AnswerError, match="must be text"):
        speakable(value)


AMOUNTS = {
    0: "0 dollars",
    1: "1 cent",
    101: "1 dollar and 1 cent",
    -50: "minus 50 cents",
    4217: "42 dollars and 17 cents",
    4200: "42 dollars",
    -250: "minus 2 dollars and 50 cents",
}


@pytest.mark.parametrize(
    ("time", "words"),
    [("00:00", "12 AM"), ("09:05", "9:05 AM"), ("12:00", "12 PM"), ("23:59", "11:59 PM")],
)
def test_the_time_of_day(time: str, words: str) -> None:
    """A time is written as people say it, without the minutes of a full hour."""
    assert clock(datetime.fromisoformat(f"2026-01-15T{time}:00+00:00")) == words


@pytest.mark.parametrize(("cents", "words"), AMOUNTS.items())
def test_money(cents: int, words: str) -> None:
    """An amount is written as people say it."""
    assert money(cents) == words
    assert money(cents, "euro") == words.replace("dollar", "euro")


def test_digit_by_digit() -> None:
    """The digits of a number are separated, so that they are read one by one."""
    assert digit_by_digit("1042") == "1 0 4 2"
