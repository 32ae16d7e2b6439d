"""One canonical form for the numbers that calls come from and go to, to compare and look them up.

KAZOO normalizes the dialed number but passes the caller's number on as the carrier sent it:
`+14155550199`, `14155550199`, `4155550199`, `011442071838750`, an extension, or a word such as
`anonymous`. A canonical number is not necessarily allowed to be dialed; `pivotkit.phone.dialing`
decides that.
"""

import re
from collections.abc import Mapping

ANONYMOUS = "anonymous"
"""The canonical form of a withheld number."""

NORTH_AMERICA = "1"

_WITHHELD = frozenset({"", "anonymous", "private", "restricted", "unavailable", "unknown"})
_ZEROS = re.compile(r"\+?0+")
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_INTERNATIONAL = re.compile(r"(?:011|00)([1-9][0-9]{4,14})")
_NORTH_AMERICAN = re.compile(r"1?([2-9][0-9]{2}[2-9][0-9]{6})")
_NATIONAL = re.compile(r"0([1-9][0-9]{4,13})")
_WITHOUT_PLUS = re.compile(r"([2-9][0-9]{7,14})")
_LONGEST = 64


def canonical(number: str, home: str = NORTH_AMERICA) -> str:
    """Return *number* in E.164 form (`+14155550199`), or `anonymous` if it is withheld.

    Extensions and other text that is no public number are returned unchanged except that they are
    cut to 64 characters. *home* is the default country code for numbers without `+`. Follows
    KAZOO's default converters (`knm_converter_regex.erl`) and its list of anonymous caller IDs
    (`kz_privacy.erl`).
    """
    text = number[:_LONGEST].strip()
    if text.lower() in _WITHHELD or _ZEROS.fullmatch(text):
        return ANONYMOUS
    if _E164.fullmatch(text):
        return text
    national = _NORTH_AMERICAN if home == NORTH_AMERICA else _NATIONAL
    for pattern, prefix in ((_INTERNATIONAL, ""), (national, home), (_WITHOUT_PLUS, "")):
        if found := pattern.fullmatch(text):
            return f"+{prefix}{found[1]}"
    return text


def longest_prefix[T](number: str, table: Mapping[str, T], default: T) -> T:
    """Return the value in *table* for the longest prefix of *number*: `+1415` before `+1`.

    Returns *default* if no prefix matches.
    """
    prefixes = (number[:length] for length in range(len(number), 0, -1))
    return next((table[prefix] for prefix in prefixes if prefix in table), default)
