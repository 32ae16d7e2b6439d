"""Text from callers without anything that a chat could take for markup."""

import re
import unicodedata
from typing import Protocol

_PUNCTUATION = frozenset(" +.,;'()%!?-")
_CATEGORIES = frozenset("LMN")
"""Letters, marks, and numbers: the first letter of their Unicode category."""

_DOT_IN_A_NAME = re.compile(r"\.(?=\w)")


class HasCaller(Protocol):
    """An event with a caller."""

    @property
    def caller_id_name(self) -> str | None:
        """The caller's name, as the caller or their carrier chose it."""

    @property
    def caller_id_number(self) -> str | None:
        """The caller's number."""


def plain(text: object, most: int = 80) -> str:
    """Return at most *most* characters of *text*, without any that could be markup; '' for `None`.

    Letters of all languages, digits, and plain punctuation stay. `<`, `@`, `:`, `/`, `*`, `_`, and
    the like become spaces, so that no mention, link, or emoji is left.
    """
    characters = unicodedata.normalize("NFC", str(text)) if text is not None else ""
    kept = "".join(each if _is_plain(each) else " " for each in characters)
    words = " ".join(_DOT_IN_A_NAME.sub(". ", kept).split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def caller(event: HasCaller) -> str:
    """Return the caller as `Zoë Miller (+14155550142)`, or as much of it as is known."""
    name = plain(event.caller_id_name)
    number = plain(event.caller_id_number, 40)
    if name and number and name != number:
        return f"{name} ({number})"
    return name or number or "an unknown caller"


def _is_plain(character: str) -> bool:
    return character in _PUNCTUATION or unicodedata.category(character)[0] in _CATEGORIES
