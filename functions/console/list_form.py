"""A pasted list of callers: one number a line, checked, in the form that calls are looked up by."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from form import Form

from pivotkit.phone.numbers import ANONYMOUS, CountryError, canonical

RULES = ("deny", "allow")
MOST_REASON = 400
_LISTED = re.compile(rf"\+[1-9][0-9]{{4,14}}|[0-9]{{2,6}}|{ANONYMOUS}")
_REST = re.compile(r"[,;\t]")
NO_NUMBER = "is not a number: write it with + and the country code, an extension, or anonymous"
LONG_REASON = f"has a reason of more than {MOST_REASON} characters"


class Line(NamedTuple):
    """A caller who is to be listed: the canonical number, and the reason."""

    number: str
    reason: str


class Pasted(NamedTuple):
    """A list as it was pasted: its lines, its text, and faults by field."""

    text: str
    home: str
    rule: str
    lines: tuple[Line, ...]
    faults: dict[str, list[str]]

    @classmethod
    def of(cls, form: Form) -> Self:
        """The list in a posted form."""
        pasted = cls(form.text("pasted"), form.text("home").strip(), form.text("rule"), (), {})
        if pasted.rule not in RULES:
            pasted.faults["rule"] = [f"must be one of {', '.join(RULES)}"]
        try:
            lines = list(_lines(pasted.text, pasted.home))
        except CountryError as error:
            pasted.faults["home"] = [error.rule]
            return pasted
        wrong = [each for each in lines if isinstance(each, str)]
        if wrong:
            pasted.faults["pasted"] = wrong
        return pasted._replace(lines=tuple(each for each in lines if not isinstance(each, str)))


def _lines(text: str, home: str) -> Iterator[Line | str]:
    """Each line, or what is wrong with it. Raises `CountryError`."""
    canonical("", home)
    seen: dict[str, int] = {}
    for count, line in enumerate(text.splitlines(), 1):
        written, *rest = _REST.split(line.strip(), maxsplit=1)
        if not written:
            continue
        number = canonical(written.strip(), home)
        reason = " ".join("".join(rest).split())
        if not _LISTED.fullmatch(number):
            yield f"line {count}: {written[:40]} {NO_NUMBER}"
        elif len(reason) > MOST_REASON:
            yield f"line {count}: {number} {LONG_REASON}"
        elif number in seen:
            yield f"line {count}: {number} is in line {seen[number]} already"
        else:
            seen[number] = count
            yield Line(number, reason)
