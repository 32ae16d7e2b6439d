"""References to characters and entities, and the attribute values in which they stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Final

from pivotctl.xml_document.names import ILLEGAL, is_atom
from pivotctl.xml_document.source import Source

CDATA: Final = "CDATA"
MARKUP: Final = frozenset("&\"'<>%")
"""Characters that stay text where a reference has put them."""

_PREDEFINED: Final = {"amp": "&", "lt": "<", "gt": ">", "apos": "'", "quot": '"'}
_NUMBER: Final = re.compile("#(?:x([0-9a-fA-F]+)|([0-9]+));")
_WHITESPACE: Final = tuple(" \t\r\n")
_LONGEST_NUMBER: Final = 7
_CHARACTER: Final = "Write the character itself, if XML allows it."
_UNDEFINED: Final = "Write the character itself: XML has only &amp;, &lt;, &gt;, &quot; and &apos;."


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: its text, or None if a reference to it is an error.

    `file` is the file on KAZOO's server that its text is read from.
    """

    text: str | None
    internal: bool = False
    file: str = ""


@dataclass(slots=True)
class Declarations:
    """The declarations of a document type; the first declaration of a name counts.

    `attribute_types` has a type by element and attribute. `check` scans the text of an internal
    entity as content of its own. `files` are those that were referred to.
    """

    check: Callable[[str, int], None]
    entities: dict[str, Entity] = field(default_factory=dict)
    parameters: dict[str, str | None] = field(default_factory=dict)
    attribute_types: dict[tuple[str, str], str] = field(default_factory=dict)
    references: dict[str, set[str]] = field(default_factory=dict)
    files: list[tuple[str, int]] = field(default_factory=list)

    def refer(self, entity: str, other: str) -> None:
        """Record that an entity's text refers to another one."""
        if other not in _PREDEFINED:
            self.references.setdefault(entity, set()).add(other)

    @property
    def circular(self) -> bool:
        """Whether entities refer to each other in a circle."""
        try:
            TopologicalSorter(self.references).prepare()
        except CycleError:
            return True
        return False

    def text_of(self, name: str, source: Source) -> str:
        """Return the text of an entity. Raises `XmlError`."""
        found = self.entities.get(name)
        if found is None or found.text is None:
            raise source.error(f"undefined entity &{name};", _UNDEFINED)
        if found.internal:
            self.check(found.text, source.line)
        if found.file:
            self.files.append((found.file, source.line))
        return found.text


@dataclass(frozen=True, slots=True)
class Reference:
    """The text of a reference; `number` if it named the character by its number."""

    text: str
    number: bool = False

    @property
    def markup(self) -> bool:
        """Whether the text is one character of markup, which stays text."""
        return self.text in MARKUP

    @property
    def blank(self) -> bool:
        """Whether the text begins with whitespace."""
        return self.text.startswith(_WHITESPACE)


def reference(source: Source, known: Declarations, *, expand: bool = True) -> Reference:
    """Go past a reference, behind its `&`, and return its text. Raises `XmlError`.

    Without `expand`, as within the text of another entity, the name is its text.
    """
    if source.starts("#"):
        return Reference(character(source), number=True)
    for name, text in _PREDEFINED.items():
        if source.take(f"{name};"):
            return Reference(text)
    name = source.name()
    source.need(";", "after the name of an entity")
    return Reference(known.text_of(name, source) if expand else name)


def character(source: Source) -> str:
    """Go past the number of a character, and return the character. Raises `XmlError`."""
    found = source.match(_NUMBER)
    if not found:
        raise source.error("not well-formed (no number of a character)", _CHARACTER)
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    digits = digits.lstrip("0") or "0"
    value = int(digits, base) if len(digits) <= _LONGEST_NUMBER else -1
    if not 0 <= value <= sys.maxunicode or ILLEGAL.match(chr(value)):
        raise source.error("XML forbids the character of this number", _CHARACTER)
    return chr(value)


class AttributeValue:
    """Scans one attribute value; a type other than CDATA folds whitespace."""

    def __init__(
        self, source: Source, known: Declarations, kind: str = CDATA, *, expand: bool = True
    ) -> None:
        self.source = source
        self.known = known
        self.folds = kind != CDATA
        self.expand = expand
        self._value: list[str] = []

    def scan(self) -> str:
        """Go past a quoted value, and return it. Raises `XmlError`."""
        quote = self.source.text[self.source.at : self.source.at + 1]
        if quote not in ("'", '"'):
            raise self.source.error("not well-formed (an attribute's value is not in quotes)")
        self.source.at += 1
        if self.folds:
            self._fold()
        plain = re.compile(f"[^{quote}&< \t\r\n]+")
        while not self.source.take(quote):
            self._piece(plain)
        value = "".join(self._value)
        return value.rstrip(" \t\r\n") if self.folds else value

    def _piece(self, plain: re.Pattern[str]) -> None:
        source = self.source
        if found := source.match(plain):
            self._value.append(source.legal(found[0]))
        elif source.take("&"):
            self._reference()
        elif source.ended or source.starts("<"):
            raise source.error("not well-formed (an attribute's value does not end)")
        else:
            source.at += 1
            self._value.append(" ")
            if self.folds:
                self._fold()

    def _reference(self) -> None:
        found = reference(self.source, self.known, expand=self.expand)
        if found.markup:
            self._value.append(found.text)
        elif found.number:
            self._value.append(found.text)
            if found.blank:
                self._fold()
        else:
            self.source.push(found.text)

    def _fold(self) -> None:
        """Go past whitespace, and past references to it (`xmerl_scan:normalize/3`)."""
        source = self.source
        while True:
            if source.space():
                continue
            before = source.at
            if not source.take("&"):
                return
            found = reference(source, self.known, expand=self.expand)
            if not found.blank:
                source.at = before
                return
            source.push(found.text)


def checked_namespace(source: Source, attribute: str, value: str) -> None:
    """Refuse a namespace that is too long for xmerl. Raises `XmlError`."""
    namespace = attribute == "xmlns" or attribute.startswith("xmlns:")
    if namespace and not is_atom(value):
        raise source.error("KAZOO crashes on a namespace of more than 255 characters")
