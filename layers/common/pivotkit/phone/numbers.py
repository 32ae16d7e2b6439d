"""The numbers that calls come from and go to, in whichever form KAZOO hands them on.

KAZOO normalises what was dialled, and leaves the caller's number as its carrier sent it:
`+14155550199`, `14155550199`, `4155550199`, `011442071838750`, an extension, or a word such as
`anonymous`. To be found in a table, or compared, it has to be in one form. Nothing here makes a
number that may be dialled: `pivotkit.phone.dialing` does.
"""

import re
from collections.abc import Mapping

ANONYMOUS = "anonymous"
"""What stands for a number that was withheld."""

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
    """*number* in E.164 form (`+14155550199`) if it is a public one; `anonymous` if withheld.

    An extension, and whatever else is no public number, stays as it came, cut to 64 characters.
    *home* is the country code in whose way a number without `+` is read. Follows KAZOO's default
    converters (`knm_converter_regex.erl`) and what it takes for anonymous (`kz_privacy.erl`).
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
    """What *table* has under the longest prefix of *number*, such as `+1415` before `+1`."""
    prefixes = (number[:length] for length in range(len(number), 0, -1))
    return next((table[prefix] for prefix in prefixes if prefix in table), default)
