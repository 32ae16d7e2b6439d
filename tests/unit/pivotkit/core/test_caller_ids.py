"""Caller IDs that say nothing."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.calls.call import Caller
from pivotkit.core import caller_ids
from pivotkit.core.caller_ids import is_name, is_withheld

WITHHELD = [
    "",
    " ",
    "+",
    "anonymous",
    "Anonymous",
    "+anonymous",
    '"anonymous"',
    "anonymous@anonymous.invalid",
    "sip:anonymous@anonymous.invalid",
    "Blocked",
    "BLOCKED CALLER",
    "withheld",
    "Number Withheld",
    "No Caller ID",
    "no-caller-id",
    "Private",
    "Private Number",
    "PRIVATE_NUMBER",
    "Restricted",
    "+Restricted",
    "Unavailable",
    "unknown",
    "Unknown Number",
    "OUT OF AREA",
    "Not Available",
    "Unbekannt",
    "Inconnu",
    "0000000000",
    "+0000000000",
    "00000",
    "+266696687",
]


@pytest.mark.parametrize("number", WITHHELD)
def test_withheld_numbers(number: str) -> None:
    """A withheld number is recognized in every spelling, with or without a plus."""
    assert is_withheld(number)
    assert is_withheld(f" {number.upper()} ")
    assert Caller(number, "Jane").withheld


NUMBERS = [
    "+14155550199",
    "4155550199",
    "0",
    "00",
    "000",
    "0000",
    "2001",
    "*72",
    "alice",
    "sip:alice@example.com",
    "266696687",
    "+2666966871",
    "+0 800 123",
    "privateer",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_are_shown(number: str) -> None:
    """A number, an extension (0, too), or a user's name is not withheld."""
    assert not is_withheld(number)


def test_words_on_the_keypad_are_no_numbers() -> None:
    """No word spelled on a keypad is a number that somebody in the world could have."""
    for number in caller_ids._SPELLED:
        assert not phonenumbers.is_valid_number(phonenumbers.parse(number)), number


NO_NAMES = [
    "",
    "   ",
    "unknown",
    "Anonymous",
    "RESTRICTED",
    "Unavailable",
    "WIRELESS CALLER",
    "Wireless Caller",
    "WIRELESS  CALLER",
    "TOLL FREE CALL",
    "CELL PHONE",
    "CELL PHONE   CA",
    "UNKNOWN NAME",
    "Name Unavailable",
    "OUT OF AREA",
    "Scam Likely",
    "SPAM RISK",
    "No Caller ID",
    "Private Number",
    "V70312345600123",
    "+15555550102",
    "+1 415-555-0199",
    "15555550102 CA",
    "SAN FRANCISCO CA",
    "SAN FRANCISCO, CA",
    "NEW YORK     NY",
    "ST. LOUIS MO",
    "TORONTO ON",
    "jane@example.com",
    "anonymous@anonymous.invalid",
    "\U0001f998",
    "❤️",
    "🇺🇸",
    "\u200b\u200d\ufeff",
    "\u3164",
    "\u2800",
    "...",
    "-",
]


@pytest.mark.parametrize("name", NO_NAMES, ids=map(ascii, NO_NAMES))
def test_names_that_are_none(name: str) -> None:
    """A word, a number, a place, or an emoji in place of a caller's name is not spoken as one."""
    assert Caller("+14155550199", name).spoken_name == ""


NAMES = {
    "Jane Doe": "Jane Doe",
    "JANE DOE": "JANE DOE",
    "SMITH JOHN": "SMITH JOHN",
    "Jane \U0001f998": "Jane",
    "Studio 54": "Studio 54",
    "Pat In": "Pat In",
    "Acme, Inc.": "Acme, Inc.",
    "Al": "Al",
    "MA": "MA",
    "Private Bank of Iowa": "Private Bank of Iowa",
    "Zoë": "Zoë",
    "李雷": "李雷",
    "Caller Services Ltd": "Caller Services Ltd",
}


@pytest.mark.parametrize(("name", "said"), NAMES.items(), ids=map(ascii, NAMES))
def test_names(name: str, said: str) -> None:
    """A name of a person or a company is spoken."""
    assert Caller("+14155550199", name).spoken_name == said


@given(st.text(), st.text())
def test_any_caller_id(number: str, name: str) -> None:
    """Any text is judged without an error, and a name that is spoken has a letter."""
    is_withheld(number)
    assert is_name(name) in (True, False)
    said = Caller(number, name).spoken_name
    assert said == "" or any(map(str.isalpha, said))
