"""template.yaml as text: blocks that can be left out or put in, with their comments.

A block is one resource, parameter, condition or output: its key, everything indented below it, and
the comments directly above. A line `# ---- layers` is a heading, and stays as long as one of the
blocks below it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

OF_BLOCKS = ("Parameters", "Conditions", "Resources", "Outputs")
"""The sections that consist of blocks; the others are kept as they are."""

_SECTION = re.compile(r"^(\w+):")
_BLOCK = re.compile(r"^  (\w[\w:]*):")
_HEADING = re.compile(r"^  # -{4,}")
_OTHER = re.compile(r"^\s*(#.*)?$")


class NoBlockError(KeyError):
    """A document has no such block."""


@dataclass(frozen=True)
class Block:
    """One key of a section; a heading has the empty name."""

    name: str
    text: str

    @property
    def is_heading(self) -> bool:
        """Whether this is a comment that stands over several blocks."""
        return not self.name


@dataclass(frozen=True)
class Section:
    """One key of the document: `head` is what stands before its first block."""

    name: str
    head: str
    blocks: tuple[Block, ...] = ()

    @property
    def text(self) -> str:
        """The section; one of blocks ends with an empty line, or is empty without any."""
        if self.name not in OF_BLOCKS:
            return self.head
        body = "".join(block.text for block in self.blocks)
        return f"{self.head}{body.rstrip()}\n\n" if body else ""

    def keeping(self, wanted: Callable[[str], bool]) -> Section:
        """The section with the blocks whose names are wanted, and their headings."""
        return replace(self, blocks=tuple(self._kept(wanted)))

    def _kept(self, wanted: Callable[[str], bool]) -> Iterator[Block]:
        headings: list[Block] = []
        for block in self.blocks:
            if block.is_heading:
                headings = [block]
            elif wanted(block.name):
                yield from headings
                headings = []
                yield block

    def after(self, name: str, *added: Block) -> Section:
        """The section with blocks put in behind the block `name`."""
        at = next(i for i, block in enumerate(self.blocks) if block.name == name) + 1
        return replace(self, blocks=(*self.blocks[:at], *added, *self.blocks[at:]))


@dataclass(frozen=True)
class Document:
    """A template.yaml; `Document.read(text).text` is `text`."""

    sections: tuple[Section, ...]

    @classmethod
    def read(cls, text: str) -> Document:
        """Take a text apart."""
        parts = re.split(r"(?m)^(?=\w+:)", text)
        return cls(tuple(_section(part) for part in parts if part))

    @property
    def text(self) -> str:
        """The whole document."""
        return "".join(section.text for section in self.sections).rstrip() + "\n"

    def section(self, name: str) -> Section:
        """The section called `name`; an empty one if there is none."""
        found = (each for each in self.sections if each.name == name)
        return next(found, Section(name, f"{name}:\n"))

    def block(self, section: str, name: str) -> Block:
        """One block; raises `NoBlockError`."""
        for block in self.section(section).blocks:
            if block.name == name:
                return block
        raise NoBlockError(f"{section} has no {name}")

    def changed(self, name: str, change: Callable[[Section], Section]) -> Document:
        """The document with one section changed."""
        return Document(
            tuple(change(each) if each.name == name else each for each in self.sections)
        )


def _section(text: str) -> Section:
    name = found[1] if (found := _SECTION.match(text)) else ""
    if name not in OF_BLOCKS:
        return Section(name, text)
    first, *lines = text.splitlines(keepends=True)
    return Section(name, first, tuple(_blocks(lines)))


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Headings and blocks; comments above a key belong to it."""
    name, held, lead = "", "", ""
    for line in lines:
        key, heading = _BLOCK.match(line), _HEADING.match(line)
        if not (key or heading):
            if _OTHER.match(line) and (lead or line.startswith("  #")):
                lead += line
            else:
                held, lead = held + lead + line, ""
            continue
        if name:
            yield Block(name, held)
        if heading:
            yield Block("", lead + line)
        name, held = (key[1], lead + line) if key else ("", "")
        lead = ""
    yield Block(name, held + lead)
