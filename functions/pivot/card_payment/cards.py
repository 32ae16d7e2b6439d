"""Card numbers and expiration dates: which of them can be right."""

from datetime import date

SHORTEST = 12
LONGEST = 19
"""Digits of a card number (ISO/IEC 7812)."""


def is_card_number(digits: str) -> bool:
    """Whether *digits* can be a card number, by its length and its check digit (Luhn)."""
    if not (digits.isdecimal() and SHORTEST <= len(digits) <= LONGEST):
        return False
    from_the_right = [int(digit) for digit in reversed(digits)]
    single = from_the_right[::2]
    doubled = [sum(divmod(2 * value, 10)) for value in from_the_right[1::2]]
    return (sum(single) + sum(doubled)) % 10 == 0


def expiry(digits: str, today: date) -> str:
    """The month in *digits* (`1227`) as `2027-12`; '' if it is no month, or has passed."""
    if not (digits.isdecimal() and len(digits) == len("MMYY")):
        return ""
    month = digits[:2]
    year = digits[2:]
    if not "01" <= month <= "12":
        return ""
    expires = f"20{year}-{month}"
    return expires if expires >= f"{today:%Y-%m}" else ""
