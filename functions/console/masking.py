"""Phone numbers on a page, masked for viewers without the role `see-numbers`.

A masked number keeps its country and area, and its last two digits: `+1 415 ••• ••99`. Short ones,
such as extensions, keep nothing, and neither does anything that is not a number, such as a SIP
address. Words for a withheld number, such as `anonymous`, identify nobody and stay.
"""

import re

from viewer import Viewer

from pivotkit.core.caller_ids import is_withheld

HIDDEN = "•"
SHORTEST = 8
"""The digits of the shortest number that shows some of them."""

_HEAD, _TAIL = 4, 2
_SEPARATORS = re.compile(r"[\s().\-/]")
_NUMBER = re.compile(r"\+?[0-9]+")
_NORTH_AMERICA = re.compile(r"\+1([0-9]{3})[0-9]{7}")
_IN_TEXT = re.compile(r"\+?[0-9]{5,}")


def number(viewer: Viewer, text: str) -> str:
    """Return a phone number as *viewer* may see it."""
    if viewer.sees_numbers or not text or is_withheld(text):
        return text
    plain = _SEPARATORS.sub("", text)
    return _masked(plain) if _NUMBER.fullmatch(plain) else HIDDEN * 3


def within(viewer: Viewer, text: str) -> str:
    """Return a longer text, such as a body, with each number in it as *viewer* may see it."""
    if viewer.sees_numbers:
        return text
    return _IN_TEXT.sub(lambda found: _masked(found[0]), text)


def _masked(plain: str) -> str:
    """A number without separators: its first digits, its last two, and dots between them."""
    plus, digits = ("+", plain[1:]) if plain.startswith("+") else ("", plain)
    if len(digits) < SHORTEST:
        return HIDDEN * len(digits)
    head, tail = digits[: min(_HEAD, len(digits) - SHORTEST + 1)], digits[-_TAIL:]
    if found := _NORTH_AMERICA.fullmatch(plain):
        return f"+1 {found[1]} {HIDDEN * 3} {HIDDEN * 2}{tail}"
    return f"{plus}{head} {HIDDEN * (len(digits) - len(head) - _TAIL)} {tail}"
