"""Document types: xmerl reads their entities and attribute types, and ignores the rest.

KAZOO gives it no options, so that it does not validate, but a type that it cannot read, or an
external one that is not there, still makes it reject the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pivotctl.xml_document.entities import (
    CDATA,
    AttributeValue,
    Declarations,
    Entity,
    character,
)
from pivotctl.xml_document.source import Source

_TYPES: Final = (
    *(CDATA, "IDREFS", "IDREF", "ID"),
    *("ENTITY", "ENTITIES", "NMTOKENS", "NMTOKEN"),
)
_PUBLIC: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-'()+,./:=?;!*#@$_%"
)
_REMOVE: Final = "Remove the document type: KAZOO needs none."
_HTTP: Final = re.compile("http:(/|$)")
_ABSOLUTE: Final = re.compile("file:/+[^/]|/+[^/]")


def scan_doctype(source: Source, known: Declarations) -> None:
    """Go past a document type, behind its `<!DOCTYPE`. Raises `XmlError`."""
    _Doctype(source, known).scan()


class _Doctype:
    def __init__(self, source: Source, known: Declarations) -> None:
        self.source = source
        self.known = known

    def scan(self) -> None:
        source = self.source
        source.need_space()
        source.name()
        source.space()
        external = self._external() if source.starts("PUBLIC") or source.starts("SYSTEM") else None
        source.space()
        if source.take("["):
            source.space()
            self._subset()
            source.space()
        self._need_there(external)
        source.need(">", "at the end of the document type")
        source.space()

    def _need_there(self, address: str | None) -> None:
        """Refuse a document type in a file; one at an http address is not fetched."""
        if address and not _HTTP.match(address):
            raise self.source.error(f"KAZOO cannot read the document type {address!r}", _REMOVE)

    def _subset(self) -> None:
        while not self.source.take("]"):
            if self.source.take("%"):
                self._parameter()
            else:
                self._declaration()

    def _parameter(self) -> None:
        """Put the text of a parameter entity in front of the rest; an external one has none."""
        text = self._parameter_text()
        self.source.space()
        self.source.push(f" {text} ")
        self.source.space()

    def _parameter_text(self) -> str:
        name = self.source.name()
        self.source.need(";", "after the name of an entity")
        if name not in self.known.parameters:
            raise self.source.error(f"undefined entity %{name};", _REMOVE)
        return self.known.parameters[name] or ""

    def _declaration(self) -> None:
        source = self.source
        if source.take("<!--"):
            source.comment()
        elif source.take("<?"):
            source.instruction()
        elif source.take("<!ELEMENT"):
            self._element()
        elif source.take("<!ENTITY"):
            self._entity()
        elif source.take("<!NOTATION"):
            self._notation()
        elif source.take("<!ATTLIST"):
            self._attributes()
        else:
            raise source.error("not a declaration", _REMOVE)
        source.space()

    # Entities

    def _entity(self) -> None:
        self.source.need_space()
        if self.source.take("%"):
            self._parameter_entity()
            return
        name = self.source.name()
        self.source.need_space()
        entity = self._entity_definition(name)
        if self.known.circular:
            raise self.source.error("an entity refers to itself", _REMOVE)
        self._complete()
        self.known.entities.setdefault(name, entity)

    def _parameter_entity(self) -> None:
        self.source.need_space()
        name = self.source.name()
        self.source.need_space()
        text = self._quoted(name)
        if text is None:
            self._need_there(self._external())
        self._complete()
        self.known.parameters.setdefault(name, text)

    def _entity_definition(self, name: str) -> Entity:
        text = self._quoted(name)
        if text is not None:
            return Entity(text, internal=True)
        address = self._external()
        unparsed = self._unparsed()
        if unparsed or (address and not _HTTP.match(address) and not _ABSOLUTE.match(address)):
            return Entity(None)
        file = address if _ABSOLUTE.match(address) else ""
        return Entity(f"(what is in {file} on KAZOO's server)" if file else address, file=file)

    def _unparsed(self) -> bool:
        if self.source.starts(">"):
            return False
        self.source.need_space()
        if self.source.starts(">"):
            return False
        self.source.need("NDATA", "after the address of an entity")
        self.source.need_space()
        self.source.name()
        return True

    def _quoted(self, name: str) -> str | None:
        """Return the text of an entity that stands in quotes, or None."""
        for quote in "'\"":
            if self.source.take(quote):
                return self._entity_text(quote, name)
        return None

    def _entity_text(self, quote: str, name: str) -> str:
        source, pieces = self.source, list[str]()
        plain = re.compile(f"[^{quote}%&]+")
        while not source.take(quote):
            if found := source.match(plain):
                pieces.append(source.legal(found[0]))
            elif source.take("&"):
                pieces.append(self._inside(name))
            else:
                raise source.error("not well-formed (the text of an entity)", _REMOVE)
        return "".join(pieces)

    def _inside(self, name: str) -> str:
        """Return what a reference leaves in the text of an entity: only numbers are replaced."""
        if self.source.starts("#"):
            return character(self.source)
        other = self.source.name()
        self.source.need(";", "after the name of an entity")
        if max(other) > "\xff":
            raise self.source.error("KAZOO crashes on this name of an entity", _REMOVE)
        self.known.refer(name, other)
        return f"&{other};"

    def _complete(self) -> None:
        self.source.space()
        while not self.source.take(">"):
            self.source.need("%", "or > at the end of a declaration")
            self._parameter()

    # Addresses

    def _external(self) -> str:
        """Return the address of something external. Raises `XmlError`."""
        if self.source.take("PUBLIC"):
            self.source.need_space()
            self._public()
            self.source.need_space()
        else:
            self.source.need("SYSTEM", "or PUBLIC, before an address")
            self.source.need_space()
        return self._system()

    def _literal(self) -> str:
        for quote in "'\"":
            if self.source.take(quote):
                end = self.source.text.find(quote, self.source.at)
                end = len(self.source.text) if end < 0 else end
                start, self.source.at = self.source.at, end
                self.source.need(quote, "at the end of an address")
                return self.source.text[start:end]
        raise self.source.error("not well-formed (an address is not in quotes)", _REMOVE)

    def _system(self) -> str:
        address = self._literal()
        if "#" in address:
            raise self.source.error("an address has a fragment", _REMOVE)
        return address

    def _public(self) -> None:
        if set(self._literal()) - _PUBLIC - set(" \r\n"):
            raise self.source.error("not well-formed (a public identifier)", _REMOVE)

    def _notation(self) -> None:
        source = self.source
        source.need_space()
        source.name()
        source.need_space()
        if source.take("PUBLIC"):
            source.need_space()
            self._public()
            source.space()
            if not source.starts(">"):
                self._system()
        else:
            source.need("SYSTEM", "or PUBLIC, in a notation")
            source.need_space()
            self._system()
        source.space()
        source.need(">", "at the end of a notation")

    # Elements

    def _element(self) -> None:
        self.source.need_space()
        self.source.name()
        self.source.need_space()
        if not self.source.take("EMPTY") and not self.source.take("ANY"):
            self.source.need("(", "before the content of an element")
            self.source.space()
            _Model(self.source).scan(nested=False)
        self._complete()

    # Attributes

    def _attributes(self) -> None:
        source = self.source
        source.need_space()
        element = source.name()
        if source.take(">"):
            return
        source.need_space()
        while not source.take(">"):
            name = source.name()
            source.need_space()
            kind = self._type()
            source.need_space()
            self._default(kind)
            source.space()
            self.known.attribute_types.setdefault((element, name), kind)

    def _type(self) -> str:
        for name in _TYPES:
            if self.source.take(name):
                return name
        if self.source.take("NOTATION"):
            self.source.need_space()
            self.source.need("(", "after NOTATION")
            self._choices(self.source.name)
            return "NOTATION"
        self.source.need("(", "or a type, after the name of an attribute")
        self._choices(self.source.token)
        return "enumeration"

    def _choices(self, choice: Callable[[], object]) -> None:
        while True:
            self.source.space()
            choice()
            self.source.space()
            if self.source.take(")"):
                return
            self.source.need("|", "between values of an attribute")

    def _default(self, kind: str) -> None:
        if self.source.take("#REQUIRED") or self.source.take("#IMPLIED"):
            return
        if self.source.take("#FIXED"):
            self.source.need_space()
        AttributeValue(self.source, self.known, kind).scan()


class _Model:
    """Scans the content model of an element."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def scan(self, *, nested: bool) -> None:
        """Go past a model, behind its parenthesis. Raises `XmlError`."""
        source = self.source
        names: list[str] = []
        joint, mixed = "", False
        while not source.take(")"):
            if source.starts("#PCDATA"):
                if nested or joint or names:
                    raise source.error("not well-formed (#PCDATA)", _REMOVE)
                mixed = source.take("#PCDATA")
                source.space()
                names.append("#PCDATA")
                continue
            if source.starts(",") or source.starts("|"):
                joint = self._joint(joint)
            names.append(self._particle(mixed=mixed))
        if not joint and len(names) != 1:
            raise source.error("not well-formed (a content model)", _REMOVE)
        repeated = self._repeated()
        if mixed and repeated != "*" and (repeated or len(names) > 1):
            raise source.error("not well-formed (mixed content)", _REMOVE)
        source.space()

    def _joint(self, before: str) -> str:
        joint = self.source.text[self.source.at]
        if before not in ("", joint):
            raise self.source.error("not well-formed (, and | in one model)", _REMOVE)
        self.source.at += 1
        self.source.space()
        return joint

    def _particle(self, *, mixed: bool) -> str:
        source = self.source
        if not mixed and source.take("("):
            source.space()
            self.scan(nested=True)
            return "("
        name = source.name()
        if self._repeated() and mixed:
            raise source.error("not well-formed (mixed content)", _REMOVE)
        source.space()
        if not any(source.starts(each) for each in ",|)%"):
            raise source.error("not well-formed (, or | is missing)", _REMOVE)
        return name

    def _repeated(self) -> str:
        for sign in "?+*":
            if self.source.take(sign):
                return sign
        return ""
