"""The scanner of whole documents, after `xmerl_scan:scan_document/2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pivotctl.xml_document.doctype import scan_doctype
from pivotctl.xml_document.encodings import declared, decoded
from pivotctl.xml_document.entities import (
    CDATA,
    AttributeValue,
    Declarations,
    checked_namespace,
    reference,
)
from pivotctl.xml_document.nodes import Element, OtherNode, Text, XmlError
from pivotctl.xml_document.source import ESCAPED, Source

_S: Final = "[ \t\r\n]"
_DECLARATION: Final = re.compile(
    rf"<\?xml{_S}+version{_S}*={_S}*(?:\"[\w.:-]*\"|'[\w.:-]*')"
    rf"(?:{_S}+encoding{_S}*={_S}*(.)([A-Za-z](?:(?!\1)[\w.-])*)\1(?=\?>|{_S}))?"
    rf"(?:{_S}+standalone{_S}*={_S}*(?:'yes'|\"yes\"|'no'|\"no\"))?"
    rf"{_S}*\?>{_S}*",
    re.ASCII | re.DOTALL,
)
_RUN: Final = re.compile("[^<&]*")
_NEWLINE: Final = re.compile("\r\n?")
_NO_CHARACTER: Final = re.compile("\xff[\xfe\xff]")
_START: Final = "Send TwiML, starting with <Response>."
_FIRST: Final = 'Write <?xml version="1.0" encoding="UTF-8"?>, or no declaration.'


@dataclass(frozen=True, slots=True)
class Document:
    """A scanned document. `files` are files of KAZOO's server that it reads, with their lines."""

    root: Element
    files: tuple[tuple[str, int], ...] = ()


def parse_xml(body: bytes) -> Document:
    """Scan `body`. Raises `XmlError`.

    Anything after the root element is ignored, as xmerl ignores it.
    """
    found = decoded(body)
    source = Source(found.text, final=found.final)
    known = Declarations(check=_check_content)
    try:
        _prolog(source, known)
        content = _Content(source, known)
        root = content.root()
        _misc(source)
    except RecursionError as error:
        raise source.error("nested too deeply", "Nest less.") from error
    return Document(root, tuple(known.files))


def _prolog(source: Source, known: Declarations) -> None:
    source.at = _after_declaration(source)
    if not source.starts("<!DOCTYPE"):
        _misc(source)
    if source.take("<!DOCTYPE"):
        scan_doctype(source, known)
    _misc(source)


def _after_declaration(source: Source) -> int:
    """Return the position after the XML declaration, and decode the rest as it says."""
    if not re.match(rf"<\?xml{_S}", source.text):
        return 0
    found = _DECLARATION.match(source.text)
    if not found:
        raise source.error("not an XML declaration that KAZOO can read", _FIRST)
    if found[2] and not source.final:
        rest = declared(source.text[found.end() :], found[2])
        source.final = found[2].lower() != "utf-8"
        source.text = source.text[: found.end()] + rest
    return found.end()


def _misc(source: Source) -> None:
    """Go past whitespace, comments, and processing instructions."""
    while source.space() or source.starts("<!--") or source.starts("<?"):
        if source.take("<!--"):
            source.comment()
        elif source.take("<?"):
            source.instruction()


def _check_content(text: str, line: int) -> None:
    """Scan the text of an entity as content: its elements may stay open. Raises `XmlError`."""
    content = _Content(Source(text, line=line), Declarations(_check_content), fragment=True)
    content.scan()


class _Content:
    """Scans elements and what is in them; a `fragment` is the text of an entity."""

    def __init__(self, source: Source, known: Declarations, *, fragment: bool = False) -> None:
        self.source = source
        self.known = known
        self.fragment = fragment
        self._open: list[Element] = [Element("", {}, source.line)]

    def root(self) -> Element:
        """Scan the root element. Raises `XmlError`."""
        if self.source.ended:
            raise self.source.error("no element found", _START)
        if not self.source.take("<"):
            raise self.source.error("syntax error (no element found)", _START)
        self._start()
        self.scan()
        return self._open[0].elements[0]

    def scan(self) -> None:
        """Scan to the end of all elements, or of the fragment. Raises `XmlError`."""
        while len(self._open) > 1 or self.fragment:
            if not self.source.ended:
                self._node()
            elif self.fragment:
                return
            else:
                raise self._unclosed("no element found")

    def _unclosed(self, what: str) -> XmlError:
        last = self._open[-1]
        error = self.source.error(what)
        text = f"{error}, while <{last.name}> from line {last.line} is open"
        fix = f"Close <{last.name}> with </{last.name}> before that."
        return XmlError(text, error.line, fix)

    def _node(self) -> None:
        source = self.source
        if source.take("</"):
            self._end()
        elif source.take("&"):
            self._reference()
        elif source.take("<!--"):
            self._add(OtherNode(source.line))
            source.comment()
        elif source.take("<![CDATA["):
            line = source.line
            self._add(Text(source.until("]]>", "a CDATA section"), line, cdata=True))
        elif source.take("<?"):
            self._add(OtherNode(source.line))
            source.instruction()
        elif source.take("<"):
            self._start()
        else:
            self._text("")

    def _add(self, node: Element | Text | OtherNode) -> None:
        """Add a node; text is joined to the first node, if that is text and the only one."""
        siblings = self._open[-1].children
        match siblings, node:
            case [Text() as first], Text():
                siblings[0] = Text(first.value + node.value, first.line, first.cdata)
            case _:
                siblings.append(node)

    def _text(self, before: str) -> None:
        """Scan characters; `before` are those of a reference that begin the run."""
        source, line = self.source, self.source.line
        found = source.match(_RUN)
        run = source.legal(found[0] if found else "")
        if "]]>" in run or (source.final and _NO_CHARACTER.search(run)):
            raise source.error("not well-formed (]]> in text)", "Write ]]&gt;.")
        self._add(Text(before + _NEWLINE.sub("\n", run), line))

    def _reference(self) -> None:
        found = reference(self.source, self.known, expand=not self.fragment)
        if self.fragment:
            return
        if found.markup:
            self._text(found.text)
        else:
            self.source.push(found.text)

    # Elements

    def _start(self) -> None:
        source = self.source
        if source.starts(" ") or source.ended:
            raise source.error("not well-formed (no name after <)", ESCAPED)
        line = source.line
        element = Element(source.name(), {}, line)
        source.space()
        while not source.starts("/>") and not source.starts(">"):
            self._attribute(element)
        self._add(element)
        if not source.take("/>"):
            source.take(">")
            self._open.append(element)

    def _attribute(self, element: Element) -> None:
        source = self.source
        if source.ended:
            raise self._unclosed("unclosed token")
        name = source.name()
        source.space()
        source.need("=", "after an attribute's name")
        source.space()
        kind = self.known.attribute_types.get((element.name, name), CDATA)
        value = AttributeValue(source, self.known, kind, expand=not self.fragment).scan()
        checked_namespace(source, name, value)
        if not source.space() and not source.starts("/") and not source.starts(">"):
            raise source.error("a space is missing between attributes")
        if name in element.attributes:
            raise source.error("duplicate attribute", "Write each attribute of an element once.")
        element.attributes[name] = value

    def _end(self) -> None:
        source, last = self.source, self._open[-1]
        if source.name() != last.name:
            raise self._unclosed("mismatched tag")
        source.space()
        source.need(">", f"after </{last.name}")
        self._open.pop()
