"""Remarks on TwiML for which KAZOO 5's documentation differs from KAZOO master.

The part of KAZOO 5 that executes TwiML is not public. Verdicts are therefore those of KAZOO master;
a remark says where the documentation promises something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pivotctl.problems import Problem
from pivotctl.xml_document import Element

_SPOKEN = "any {} that the account's speech engine has"
_GET = "GET as the default method of follow-up requests"
_BOTH = 'Write method="POST", or let the server accept GET, which has no body.'
_TRY = "Try it on your KAZOO 5, or write what KAZOO master accepts: {}."


@dataclass(frozen=True, slots=True)
class Remark:
    """A value of an attribute, None if missing, that KAZOO 5 documents otherwise than master."""

    attribute: str
    concerns: Callable[[str | None], bool]
    documented: str
    fix: str

    @property
    def text(self) -> str:
        """The remark as a sentence without a full stop."""
        return f"KAZOO 5 documents {self.documented}; shown is what KAZOO master does"


def _other_than(*known: str) -> Callable[[str | None], bool]:
    return lambda value: value is not None and value not in known


_METHOD = Remark("method", lambda value: value is None, _GET, _BOTH)

REMARKS: Mapping[str, tuple[Remark, ...]] = {
    "Dial": (_METHOD,),
    "Gather": (_METHOD,),
    "Record": (
        Remark(
            "timeout",
            lambda value: value is not None and value.strip("+-0") == "",
            "a timeout of 0, which turns it off",
            _TRY.format("1 and more"),
        ),
        Remark(
            "recordStoreMethod",
            lambda value: value is not None,
            "PUT, POST, and PATCH to send the recording",
            "Accept PUT, which KAZOO master always uses.",
        ),
        _METHOD,
    ),
    "Redirect": (_METHOD,),
    "Say": (
        Remark(
            "language",
            _other_than("en", "en-gb", "es", "fr", "de", "it"),
            _SPOKEN.format("language"),
            _TRY.format("en, en-gb, es, fr, de, or it"),
        ),
        Remark(
            "voice",
            _other_than("man", "male", "woman", "female"),
            _SPOKEN.format("voice"),
            _TRY.format("man, male, woman, or female"),
        ),
    ),
}
"""Remarks by verb. A Dial without `action` sends no request."""


def remarks_on(element: Element) -> list[Remark]:
    """Return the remarks on a verb and its attributes."""
    found = REMARKS.get(element.name, ())
    return [
        each
        for each in found
        if each.concerns(element.attributes.get(each.attribute))
        and not (element.name == "Dial" and "action" not in element.attributes)
    ]


def remarks(element: Element, path: str = "Response") -> Iterator[Problem]:
    """Yield every remark on a document, in its order."""
    counts: dict[str, int] = {}
    for child in element.elements:
        counts[child.name] = counts.get(child.name, 0) + 1
        where = f"{path}/{child.name}[{counts[child.name]}]"
        for remark in remarks_on(child):
            yield Problem(where, f"REMARK: {remark.text}", remark.fix, child.line)
        yield from remarks(child, where)
