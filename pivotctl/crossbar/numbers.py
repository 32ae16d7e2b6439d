"""Phone numbers as Crossbar stores them (`knm_converter_regex.erl`)."""

from __future__ import annotations

import re

_CONVERTERS = (
    (re.compile(r"(?:\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})"), "+1"),
    (re.compile(r"(?:011|00)([0-9]{5,})"), "+"),
    (re.compile(r"([2-9][0-9]{7,})"), "+"),
)


def normalized(number: str) -> str:
    """Normalize *number* like KAZOO's default converters; extensions stay as they are."""
    if number.startswith("+"):
        return number
    for pattern, prefix in _CONVERTERS:
        if found := pattern.fullmatch(number):
            return f"{prefix}{found[1]}"
    return number
