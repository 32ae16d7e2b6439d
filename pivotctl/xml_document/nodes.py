"""Nodes of a scanned document, and the error of a text that is none."""

from __future__ import annotations

from dataclasses import dataclass, field

_STRIPPED = ("\n", " ", "\n", " ")
"""Characters that KAZOO strips from both ends of a text, one after the other."""


class XmlError(Exception):
    """The text is not XML that KAZOO can scan; with the `line`, from 1, and the fix."""

    def __init__(self, text: str, line: int, fix: str = "Send one XML document.") -> None:
        super().__init__(text)
        self.line = line
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Text:
    """A run of characters; `cdata` if its first piece is a CDATA section: KAZOO drops such a run.

    Text and CDATA are one run only at the beginning of an element (`xmerl_scan:acc/3`).
    """

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
        """The element's own text (`kz_xml:texts_to_binary/1`); nested elements are dropped."""
        return text_of(self.children)


def text_of(nodes: list[Element | Text | OtherNode]) -> str:
    """Return the text among nodes, without runs that begin with CDATA, stripped as KAZOO does."""
    own = "".join(node.value for node in nodes if isinstance(node, Text) and not node.cdata)
    for character in _STRIPPED:
        own = own.strip(character)
    return own
