"""Canonical numbers, whatever form they arrive in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.phone.numbers import ANONYMOUS, canonical, longest_prefix

FORMS = {
    "+14155550199": "+14155550199",
    "14155550199": "+14155550199",
    "4155550199": "+14155550199",
    " 4155550199 ": "+14155550199",
    "011442071838750": "+442071838750",
    "00442071838750": "+442071838750",
    "442071838750": "+442071838750",
    "+442071838750": "+442071838750",
    "+1415": "+1415",
    "0014155550199": "+14155550199",
    "2001": "2001",
    "*72": "*72",
    "0": ANONYMOUS,
    "0000000000": ANONYMOUS,
    "+0000000": ANONYMOUS,
    "": ANONYMOUS,
    "anonymous": ANONYMOUS,
    "Anonymous": ANONYMOUS,
    "Restricted": ANONYMOUS,
    "unknown": ANONYMOUS,
    "alice": "alice",
    "+1415abc": "+1415abc",
    "sip:alice@example.com": "sip:alice@example.com",
    "1155550199": "1155550199",
    "+" + "1" * 16: "+" + "1" * 16,
}


@pytest.mark.parametrize(("number", "expected"), FORMS.items())
def test_canonical(number: str, expected: str) -> None:
    """A public number becomes E.164, a withheld one `anonymous`; other text stays unchanged."""
    assert canonical(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("02071838750", "+442071838750"),
        ("442071838750", "+442071838750"),
        ("0014155550199", "+14155550199"),
        ("+14155550199", "+14155550199"),
        ("200", "200"),
        ("0", ANONYMOUS),
    ],
)
def test_canonical_abroad(number: str, expected: str) -> None:
    """Outside North America, a leading zero is the trunk prefix of the home country."""
    assert canonical(number, "44") == expected


@given(st.text(max_size=80))
def test_canonical_is_stable(number: str) -> None:
    """The canonical form of any text has at most 64 characters, and is its own canonical form."""
    form = canonical(number)
    assert len(form) <= 64
    assert canonical(form) == form


@given(st.integers(2, 9), st.integers(0, 99), st.integers(2, 9), st.integers(0, 999_999))
def test_all_forms_of_a_number_are_one(first: int, area: int, exchange: int, line: int) -> None:
    """All forms of a number have the same canonical form."""
    number = f"{first}{area:02}{exchange}{line:06}"
    forms = (f"+1{number}", f"1{number}", number, f"0111{number}", f"001{number}")
    assert {canonical(form) for form in forms} == {f"+1{number}"}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+14155550199", "west"),
        ("+12125550199", "country"),
        ("+442071838750", "abroad"),
        ("+4930123456", "elsewhere"),
        ("anonymous", "withheld"),
        ("", "elsewhere"),
    ],
)
def test_longest_prefix(number: str, expected: str) -> None:
    """An area code takes precedence over its country, and other numbers get the default."""
    table = {"+1": "country", "+1415": "west", "+44": "abroad", "anonymous": "withheld"}
    assert longest_prefix(number, table, "elsewhere") == expected
