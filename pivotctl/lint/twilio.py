"""Examines documents that were written for Twilio, verb by verb."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pivotctl.lint import fates, streams
from pivotctl.lint.dial_nouns import Nouns
from pivotctl.lint.fates import KAZOO_ONLY, NOUNS, OWN_VERBS, VERBS, Closeness, ElementFate, Fate
from pivotctl.lint.kazoo5 import remarks_on
from pivotctl.lint.streams import STREAM_NOUNS, STREAM_OWN, STREAM_VERBS
from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.player.twiml.attributes import kept
from pivotctl.xml_document import Element, Text, XmlError, parse_xml

_MUST_BE_EMPTY = frozenset({"Hangup", "Pause", "Record", "Reject"})
_PROMPTS = frozenset({"Say", "Play", "Pause"})
_NO_PROMPTS: Mapping[str, Fate] = {
    "Dial": fates.PROMPT_DIALS,
    "Hangup": fates.PROMPT_ENDS,
    "Reject": fates.PROMPT_ENDS,
}
_SAY_BYTES = 4000
_PRINTABLE = re.compile(rb"[\x08-\x0d\x1b\x20-\x7e\xa0-\xff]*")
"""Bytes that KAZOO takes for Latin-1 if a text is cut inside a character."""


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
            found = _verb(element, path)
            yield from _remarked(element, path, found) if mode is Mode.K5 else found


def _remarked(element: Element, path: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Add to the findings on a verb, and on those inside, what KAZOO 5 documents otherwise."""
    remarks = dict(_remarks(element, path))
    for finding in findings:
        text = remarks.get(finding.path)
        if text:
            how = f"{finding.fate.how}. {text}" if finding.fate.how else text
            finding = replace(finding, fate=replace(finding.fate, how=how))  # noqa: PLW2901
        yield finding


def _remarks(element: Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield each remark with the path of the attribute, or of the verb if that is missing."""
    for remark in remarks_on(element):
        given = remark.attribute in element.attributes
        yield f"{path}/@{remark.attribute}" if given else path, remark.text
    for where, child in _numbered(element.elements, f"{path}/"):
        yield from _remarks(child, where)


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


# Verbs


def _verb(element: Element, path: str) -> Iterator[Finding]:
    entry = VERBS.get(element.name)
    yield Finding(path, element.line, _verb_fate(element, entry))
    yield from _attributes(element, path, entry)
    yield from _inside(element, path)


def _verb_fate(element: Element, entry: ElementFate | None) -> Fate:
    if element.name in _MUST_BE_EMPTY and element.children:
        return fates.NOT_EMPTY
    decide = _DECIDED_INSIDE.get(element.name)
    if decide and (decided := decide(element)):
        return decided
    return entry.fate if entry else _unlisted_fate(element.name)


def _unlisted_fate(name: str) -> Fate:
    if name in OWN_VERBS:
        return fates.KAZOOS_OWN
    if name == "Conference":
        return fates.CONFERENCE_AS_VERB
    return fates.NOUN_AS_VERB if name in fates.ALL_NOUNS else fates.UNKNOWN_VERB


def _gather(element: Element) -> Fate | None:
    return None if element.children else fates.EMPTY_GATHER


def _hangup(element: Element) -> Fate | None:
    return fates.NO_ATTRIBUTES if element.attributes else None


def _prompt(element: Element) -> Fate | None:
    if element.text:
        return None
    cdata = any(isinstance(child, Text) and child.cdata for child in element.children)
    return fates.CDATA if cdata else fates.EMPTY_TEXT


def _say(element: Element) -> Fate | None:
    said = element.text.encode()
    if len(said) <= _SAY_BYTES:
        return _prompt(element)
    try:
        said[:_SAY_BYTES].decode()
    except UnicodeDecodeError:
        garbled = _PRINTABLE.fullmatch(said[:_SAY_BYTES])
        return fates.CUT if garbled else fates.CUT_CHARACTER
    return fates.CUT


def _play(element: Element) -> Fate | None:
    media = element.text
    is_relative = not re.match("https?://", media) and bool(set(media) & set("/."))
    return _prompt(element) or (fates.RELATIVE_MEDIA if is_relative else None)


def _redirect(element: Element) -> Fate | None:
    if any(child.name == "Variable" for child in element.elements):
        return fates.VARIABLE_IN_REDIRECT
    return None if element.text.startswith("http") else fates.RELATIVE


def _set(element: Element) -> Fate | None:
    count = sum(child.name == "Variable" for child in element.elements)
    return {0: fates.NO_VARIABLE, 1: None}.get(count, fates.VARIABLES)


_DECIDED_INSIDE: Mapping[str, Callable[[Element], Fate | None]] = {
    "Dial": lambda element: Nouns.of(element).fault,
    "Gather": _gather,
    "Hangup": _hangup,
    "Play": _play,
    "Redirect": _redirect,
    "Say": _say,
    "Set": _set,
}


def _inside(element: Element, path: str) -> Iterator[Finding]:
    nouns = Nouns.of(element) if element.name == "Dial" else None
    for where, child in _numbered(element.elements, f"{path}/"):
        if element.name == "Gather":
            yield from _in_gather(child, where)
        elif nouns:
            yield Finding(where, child.line, nouns.fate(child))
            yield from _attributes(child, where, NOUNS.get(child.name))
        elif element.name == "Set" and child.name == "Variable":
            yield Finding(where, child.line, fates.KAZOOS_OWN)
            yield from _attributes(child, where, None)
        elif element.name == "Say":
            yield Finding(where, child.line, fates.SSML)


def _in_gather(element: Element, path: str) -> Iterator[Finding]:
    """Examine a verb in a Gather: KAZOO plays it on the side, so its errors end only the prompts.

    The result of one that is no prompt is lost, unless it ends the call.
    """
    for finding in _verb(element, path):
        if finding.fate.kind is Closeness.REFUSED:
            yield replace(finding, fate=_of_prompts(finding.fate))
        elif finding.path != path or element.name in _PROMPTS:
            yield finding
        else:
            yield replace(finding, fate=_NO_PROMPTS.get(element.name, fates.PROMPT_ONLY))


def _of_prompts(refused: Fate) -> Fate:
    """Return the fate of something that would end the call, were it not in a Gather."""
    how = refused.how.replace(": the call ends", "").replace(": dead air", "")
    how = re.sub(r"\b(ends?) the call", r"\1 the prompts", how)
    end = "" if "the prompts" in how else "; the prompts end here"
    return replace(refused, kind=Closeness.DIFFERENT, how=f"{how}{end}")


# Attributes


def _attributes(element: Element, path: str, entry: ElementFate | None) -> Iterator[Finding]:
    for name, value in element.attributes.items():
        fate = _attribute_fate(element, entry, name, value)
        yield Finding(f"{path}/@{name}", element.line, fate, value)


def _attribute_fate(element: Element, entry: ElementFate | None, name: str, value: str) -> Fate:
    known = entry.attributes.get(name) if entry else None
    own = {**KAZOO_ONLY, "Stream": STREAM_OWN}.get(element.name, ())
    special = _special(element, name, value)
    if special:
        return special
    if not known and name not in own:
        return fates.UNKNOWN_ATTRIBUTE
    fate = known.of(value) if known else fates.KAZOOS_OWN
    read = not fate.how.startswith("ignored") and name not in _CRASHING_IF_LOST
    return fate if kept(value) or not read else fates.LOST


_CRASHING_IF_LOST = frozenset({"callerId", "method", "recordingUrl"})


def _special(element: Element, name: str, value: str) -> Fate | None:
    """Return the fate of an attribute that depends on the rest of its element, or None."""
    if element.name == "Hangup":
        return fates.NO_ATTRIBUTES
    if element.name != "Dial":
        return None
    if name == "method" and "action" not in element.attributes:
        return fates.UNREAD_METHOD
    nouns = Nouns.of(element)
    if name == "strategy" and not nouns.rings:
        return fates.UNREAD_STRATEGY
    unrecorded = nouns.is_number and element.attributes.get("record") != "true"
    is_key = re.fullmatch("[0-9*#]", value)
    return fates.HANGUP_ON if name == "hangupOn" and unrecorded and is_key else None
