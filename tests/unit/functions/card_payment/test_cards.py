"""Card numbers and expiration dates that can be right."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pivot.card_payment.cards import expiry, is_card_number

TODAY = date(2027, 3, 31)
DIGITS = st.text("0123456789", min_size=12, max_size=18)


@pytest.mark.parametrize(
    "number",
    ["4242424242424242", "5555555555554444", "378282246310005", "6011111111111117", "501800000009"],
)
def test_published_test_numbers(number: str) -> None:
    """The test numbers that card companies publish are valid."""
    assert is_card_number(number)


@pytest.mark.parametrize(
    "number", ["", "0", "42424242424", "4" * 20, "4242 4242 4242 4242", "4*42"]
)
def test_invalid_numbers(number: str) -> None:
    """A number is refused if it is too short, too long, or has more than digits."""
    assert not is_card_number(number)


@given(DIGITS)
def test_one_check_digit_fits(digits: str) -> None:
    """Exactly one of ten check digits fits any number."""
    assert sum(is_card_number(digits + last) for last in "0123456789") == 1


@given(DIGITS, st.data())
def test_one_wrong_digit_is_noticed(digits: str, data: st.DataObject) -> None:
    """A single wrong digit never makes another valid number."""
    number = next(digits + last for last in "0123456789" if is_card_number(digits + last))
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[at]))
    assert not is_card_number(number[:at] + other + number[at + 1 :])


@pytest.mark.parametrize(
    ("digits", "month"),
    [
        ("0327", "2027-03"),
        ("1227", "2027-12"),
        ("0199", "2099-01"),
        ("0227", ""),
        ("1226", ""),
        ("0027", ""),
        ("1327", ""),
        ("327", ""),
        ("03*7", ""),
        ("", ""),
        ("٠٣٢٧", ""),
    ],
)
def test_expiry(digits: str, month: str) -> None:
    """A card is valid to the end of its month."""
    assert expiry(digits, TODAY) == month
