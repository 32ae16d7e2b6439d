"""Examines documents that were written for Twilio, verb by verb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.lint import fates, streams
from pivotctl.lint.fates import KAZOO_ONLY, NOUNS, VERBS, ElementFate, Fate
from pivotctl.lint.streams import STREAM_NOUNS, STREAM_OWN, STREAM_VERBS
from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode
from pivotctl.reader.answers import PivotAnswer
from pivotctl.xml_document import Element, Text, XmlError, parse_xml

_ID_LENGTH = 32
_MUST_BE_EMPTY = frozenset({"Hangup", "Pause", "Record", "Reject"})


class TwilioError(Exception):
    """The document cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The fate of one verb, noun, or attribute, at a `path` such as `Say[1]/@voice`."""

    path: str
    line: int
    fate: Fate
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return an object with `line`, `path`, `value`, `kind`, `how`, `twiml`, and `callflow`."""
        return {
            "line": self.line,
            "path": self.path,
            "value": self.value,
            "kind": self.fate.kind.value,
            "how": self.fate.how,
            "twiml": self.fate.twiml or None,
            "callflow": self.fate.callflow,
        }


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings in document order, and the verdict for a silent caller."""

    findings: tuple[Finding, ...]
    reading: Reading


def examine(body: bytes, mode: Mode = Mode.K50) -> Examined:
    """Examine a Twilio document. Raises `TwilioError` if it is not TwiML."""
    try:
        root = parse_xml(body).root
    except XmlError as error:
        raise TwilioError(f"line {error.line}: not XML: {error}; send one document") from error
    if root.name != "Response":
        raise TwilioError(f"line {root.line}: the root element is {root.name}; it must be Response")
    return Examined(tuple(_document(root, mode)), read(PivotAnswer(body, "text/xml"), mode=mode))


def _document(root: Element, mode: Mode) -> Iterator[Finding]:
    if not root.children:
        yield Finding("Response", root.line, fates.EMPTY_RESPONSE)
    for path, element in _numbered(root.elements, ""):
        if mode is Mode.K5 and element.name in STREAM_VERBS:
            yield from _streaming(element, path)
        else:
            yield from _verb(element, path)


def _streaming(element: Element, path: str) -> Iterator[Finding]:
    """Examine a verb that only KAZOO 5 has, its Stream, and the Parameters in that."""
    entry = STREAM_VERBS[element.name]
    whole = [child.name for child in element.elements] == ["Stream"]
    yield Finding(path, element.line, entry.fate if whole else streams.NO_STREAM)
    yield from _attributes(element, path, entry)
    yield from _streamed(element, path)


def _streamed(element: Element, path: str) -> Iterator[Finding]:
    for where, child in _numbered(element.elements, f"{path}/"):
        entry = STREAM_NOUNS.get(child.name)
        yield Finding(where, child.line, entry.fate if entry else streams.UNKNOWN_NOUN)
        yield from _attributes(child, where, entry)
        yield from _streamed(child, where)


def _numbered(elements: list[Element], before: str) -> Iterator[tuple[str, Element]]:
    counts: dict[str, int] = {}
    for element in elements:
        counts[element.name] = counts.get(element.name, 0) + 1
        yield f"{before}{element.name}[{counts[element.name]}]", element


def _verb(element: Element, path: str) -> Iterator[Finding]:
    entry = VERBS.get(element.name)
    yield Finding(path, element.line, _fate(element, entry, fates.UNKNOWN_VERB))
    yield from _attributes(element, path, entry)
    yield from _inside(element, path)


def _fate(element: Element, entry: ElementFate | None, unknown: Fate) -> Fate:
    if entry is None:
        return fates.KAZOOS_OWN if element.name in KAZOO_ONLY else unknown
    return _structure(element) or entry.fate


def _structure(element: Element) -> Fate | None:
    """Return the fate of an element if its content decides it, or None."""
    if element.name in _MUST_BE_EMPTY and element.children:
        return fates.NOT_EMPTY
    decide = _DECIDED_INSIDE.get(element.name)
    return decide(element) if decide else None


def _gather(element: Element) -> Fate | None:
    return None if element.children else fates.EMPTY_GATHER


def _hangup(element: Element) -> Fate | None:
    return fates.NO_ATTRIBUTES if element.attributes else None


def _prompt(element: Element) -> Fate | None:
    if element.text:
        return None
    cdata = any(isinstance(child, Text) and child.cdata for child in element.children)
    return fates.CDATA if cdata else fates.EMPTY_TEXT


def _redirect(element: Element) -> Fate | None:
    return None if element.text.startswith("http") else fates.RELATIVE


def _dial(element: Element) -> Fate | None:
    if not element.text and not element.elements:
        return fates.NO_ONE
    names = [noun.name for noun in element.elements]
    return fates.NUMBERS if len(names) > 1 and "Number" in names else None


_DECIDED_INSIDE: Mapping[str, Callable[[Element], Fate | None]] = {
    "Dial": _dial,
    "Gather": _gather,
    "Hangup": _hangup,
    "Play": _prompt,
    "Redirect": _redirect,
    "Say": _prompt,
}


def _attributes(element: Element, path: str, entry: ElementFate | None) -> Iterator[Finding]:
    own = {**KAZOO_ONLY, "Stream": STREAM_OWN}.get(element.name, ())
    for name, value in element.attributes.items():
        known = entry.attributes.get(name) if entry else None
        fate = fates.KAZOOS_OWN if name in own else fates.UNKNOWN_ATTRIBUTE
        where = f"{path}/@{name}"
        yield Finding(where, element.line, known.of(value) if known else fate, value)


def _inside(element: Element, path: str) -> Iterator[Finding]:
    for where, child in _numbered(element.elements, f"{path}/"):
        if element.name == "Gather":
            yield from _verb(child, where)
        elif element.name == "Dial":
            yield from _noun(child, where)
        elif element.name == "Say":
            yield Finding(where, child.line, fates.SSML)


def _noun(element: Element, path: str) -> Iterator[Finding]:
    entry = NOUNS.get(element.name)
    fate = _fate(element, entry, fates.UNKNOWN_NOUN)
    if element.name in ("User", "Device") and len(element.text) != _ID_LENGTH:
        fate = fates.LONG_ID
    yield Finding(path, element.line, fate)
    yield from _attributes(element, path, entry)
