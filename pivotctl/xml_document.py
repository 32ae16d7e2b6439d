"""TwiML documents as KAZOO's scanner sees them: elements, text, comments, and their lines.

Built on expat without validation. KAZOO (`xmerl_scan:string/1`, `kz_xml.erl`) keeps comments and
CDATA as separate nodes, drops the text of both, and ignores anything after the root element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

MAX_TEXT = 1_000_000


class XmlError(Exception):
    """The text is not XML that KAZOO can scan; with the `line`, from 1, and the fix."""

    def __init__(self, text: str, line: int, fix: str = "Send one XML document.") -> None:
        super().__init__(text)
        self.line = line
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Text:
    """A run of characters; `cdata` if it is from a CDATA section, which KAZOO drops."""

    value: str
    line: int
    cdata: bool = False


@dataclass(frozen=True, slots=True)
class OtherNode:
    """A comment or a processing instruction, which makes an element non-empty for KAZOO."""

    line: int


@dataclass(frozen=True, slots=True)
class Element:
    """An element; `children` has every node, including whitespace."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element | Text | OtherNode] = field(default_factory=list)

    @property
    def elements(self) -> list[Element]:
        """The children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def text(self) -> str:
        """The element's own text; nested elements and CDATA are dropped.

        KAZOO strips outer newlines first, then outer spaces, and nothing more.
        """
        own = [
            child.value for child in self.children if isinstance(child, Text) and not child.cdata
        ]
        return "".join(own).strip("\n").strip(" ")


class _Builder:
    """Collects expat's events into a tree."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._cdata = False
        self._characters = 0
        self.parser = expat.ParserCreate()
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters_read
        self.parser.CommentHandler = self._comment
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartCdataSectionHandler = self._cdata_starts
        self.parser.EndCdataSectionHandler = self._cdata_ends

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber

    def error(self, error: expat.ExpatError) -> XmlError:
        """Return the error of the text, with its line and the fix."""
        name = expat.errors.messages[error.code]
        text, fix = f"{name} near column {error.offset + 1}", _FIXES.get(name, _ESCAPED)
        if name in _UNCLOSED and self._open:
            last = self._open[-1]
            text = f"{text}, while <{last.name}> from line {last.line} is open"
            fix = f"Close <{last.name}> with </{last.name}> before that."
        return XmlError(text, error.lineno, fix)

    def _add(self, node: Element | Text | OtherNode) -> None:
        if self._open:
            self._open[-1].children.append(node)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes, self._line)
        self._add(element)
        self.root = self.root or element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _characters_read(self, data: str) -> None:
        self._characters += len(data)
        if self._characters > MAX_TEXT:
            raise XmlError(f"more than {MAX_TEXT} characters of text", self._line)
        self._add(Text(data, self._line, self._cdata))

    def _comment(self, _data: str) -> None:
        self._add(OtherNode(self._line))

    def _instruction(self, _target: str, _data: str) -> None:
        self._add(OtherNode(self._line))

    def _cdata_starts(self) -> None:
        self._cdata = True
        self._add(Text("", self._line, cdata=True))

    def _cdata_ends(self) -> None:
        self._cdata = False


def parse_xml(body: bytes) -> Element:
    """Return the root element of `body`. Raises `XmlError`.

    Anything after the root element is ignored, as KAZOO ignores it.
    """
    builder = _Builder()
    try:
        builder.parser.Parse(body, True)  # noqa: FBT003 - expat's own positional flag
    except expat.ExpatError as error:
        if builder.root is None or error.code != _JUNK_AFTER_ROOT:
            raise builder.error(error) from error
    except LookupError as error:
        raise XmlError(str(error), 1) from error
    if builder.root is None:
        raise XmlError("no element found", 1)
    return builder.root


_JUNK_AFTER_ROOT = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_UNCLOSED = (
    expat.errors.XML_ERROR_TAG_MISMATCH,
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
)
_ESCAPED = "Write & as &amp; and < as &lt;, and put attribute values in quotes."
_FIXES = {
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: "Write the character itself: XML has only &amp;,"
    " &lt;, &gt;, &quot; and &apos;.",
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "Write each attribute of an element once.",
    expat.errors.XML_ERROR_NO_ELEMENTS: "Send <Response>...</Response>.",
    expat.errors.XML_ERROR_SYNTAX: "Send TwiML, starting with <Response>.",
    expat.errors.XML_ERROR_MISPLACED_XML_PI: "Put <?xml at the very beginning.",
}
