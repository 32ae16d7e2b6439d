"""Text made safe to speak, and values written the way people say them.

KAZOO passes text unchanged to the media server (`ecallmgr_fs_flite.erl`), which may expand
`${...}` in it. So text from callers, CRMs, or variables goes through `spoken` first.
"""

import re
from datetime import datetime

from pivotkit.core.errors import AnswerError

MAX_SPOKEN = 200
_MAX_READ = 4 * MAX_SPOKEN
_EXPANSION = r"\$+\{"
_CONTROLS = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_NUMERALS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip
_PUNCTUATION = frozenset(".,'\u2019-")
_ASCII = {
    code: " " for code in range(128) if not chr(code).isalnum() and chr(code) not in _PUNCTUATION
}
"""ASCII characters that are not spoken, for `str.translate`."""

_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters of Unicode that are fillers, and show nothing."""


def spoken(text: str) -> str:
    """Return only the letters, marks, digits, spaces, and `. , ' -` of *text*.

    The result has at most 200 characters; other characters become spaces. It is '' without a letter
    or a digit, as for an emoji.
    """
    kept = _kept(text[:_MAX_READ])
    found = " ".join(kept.split())[:MAX_SPOKEN].rstrip()
    return found if any(map(str.isalnum, found)) else ""


def speakable(text: object) -> str:
    """Return *text* without anything a media server might expand or XML cannot represent.

    For text that a template itself contains: punctuation stays, control characters become
    spaces, and the `$` of `${` is removed. Raises `AnswerError` if *text* is not a string.
    """
    if not isinstance(text, str):
        raise AnswerError("speech", "text", text, "must be text")
    if text.isprintable() and "${" not in text:
        return text
    return re.sub(_EXPANSION, "{", "".join(map(_printable, text)))


def digit_by_digit(number: str) -> str:
    """Separate the digits of *number* so that they are read one by one: `1042` is `1 0 4 2`."""
    return " ".join(number)


def numeral(number: int) -> str:
    """Write *number* as in running text: words up to `ten`, digits for `11` and `-1`."""
    return _NUMERALS[number] if 0 <= number < len(_NUMERALS) else str(number)


def money(cents: int, unit: str = "dollar", part: str = "cent") -> str:
    """Write an amount in *cents* as people say it: 4217 is `42 dollars and 17 cents`."""
    sign = "minus " if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    amounts = [_amount(whole, unit)] if whole or not rest else []
    return sign + " and ".join([*amounts, *([_amount(rest, part)] if rest else [])])


def clock(moment: datetime) -> str:
    """Write a time of day as people say it: `9 AM`, `1:30 PM`."""
    return f"{moment.hour % 12 or 12}:{moment:%M %p}".replace(":00", "")


def _amount(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _kept(text: str) -> str:
    """*text* with a space for each character that is not spoken."""
    if text.isascii():
        return text.translate(_ASCII)
    return "".join(char if _speakable(char) else " " for char in _composed(text))


def _speakable(char: str) -> bool:
    if char in _INVISIBLE:
        return False
    return char.isalnum() or char in _PUNCTUATION or _category(char).startswith("M")


def _printable(char: str) -> str:
    return " " if _category(char) in _CONTROLS else char


def _composed(text: str) -> str:
    import unicodedata  # noqa: PLC0415  (keeps it off the cold start; ASCII names do not need it)

    return unicodedata.normalize("NFC", text)


def _category(char: str) -> str:
    if char.isprintable() and char.isascii():
        return ""
    import unicodedata  # noqa: PLC0415

    return unicodedata.category(char)
