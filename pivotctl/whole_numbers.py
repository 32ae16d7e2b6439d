"""Whole numbers in texts from outside.

`str.isdigit` accepts `²`, on which `int` fails, as it does on thousands of digits.
"""

import re

_WHOLE = re.compile(r"[0-9]{1,15}")


def whole(text: str) -> int | None:
    """The whole number that *text* is in at most 15 ASCII digits, or `None`."""
    return int(text) if _WHOLE.fullmatch(text) else None
