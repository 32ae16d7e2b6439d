"""infra/: the shared resources, written by hand and copied verbatim into template.yaml.

A part is a file. A block is one key of one of its sections, with the comments above it. Where a
block begins is known from the YAML parser, so that its text, comments included, can be left as it
is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from pivotctl.infra.fragment import FragmentError
from pivotctl.infra.intrinsics import references
from pivotctl.sam_template import compose, parse

INFRA = "infra"
BASE = "base"
SECTIONS = ("Parameters", "Options", "Mappings", "Conditions", "Resources", "Outputs")
"""The sections that consist of blocks. template.yaml has no Options: see `infra.options`."""

RULES = "Rules"
HEAD = ("AWSTemplateFormatVersion", "Transform", "Description", "Metadata", RULES, "Globals")
"""The other sections, which only base.yaml has."""


@dataclass(frozen=True)
class Block:
    """One key of a section: its value, and its text with the comments above."""

    section: str
    name: str
    value: Any
    text: str
    path: Path

    @property
    def type(self) -> str:
        """The type of a resource; empty for anything else."""
        return str(self.value.get("Type", "")) if isinstance(self.value, Mapping) else ""

    @cached_property
    def references(self) -> set[str]:
        """The names that it refers to."""
        return references(self.value)


@dataclass(frozen=True)
class Part:
    """One file of infra/: `head` are the sections without blocks, as text and as data."""

    path: Path
    blocks: tuple[Block, ...]
    head: Mapping[str, str]
    body: Mapping[str, Any]

    @classmethod
    def read(cls, root: Path, path: Path) -> Part:
        """The part in a file; raises `FragmentError`."""
        return cls.parse(path.relative_to(root), path.read_text(encoding="utf-8"))

    @classmethod
    @cache
    def parse(cls, own: Path, text: str) -> Part:
        """The part that is the text of a file; raises `FragmentError`."""
        try:
            body, node = parse(text), compose(text)
        except yaml.YAMLError as error:
            raise FragmentError(own, "", f"is not valid YAML: {error}") from error
        if not isinstance(node, yaml.MappingNode):
            raise FragmentError(own, "", f"write sections, such as {', '.join(SECTIONS)}")
        reader = _PartReader(own, text.splitlines(keepends=True), body)
        sections = reader.pieces(node, len(reader.lines))
        reader.refuse_unknown(name for name, _, _ in sections)
        head = {name: lines for name, _, lines in sections if name in HEAD}
        return cls(own, tuple(reader.blocks(node)), head, body)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


@dataclass(frozen=True)
class _PartReader:
    path: Path
    lines: list[str]
    body: Mapping[str, Any]

    def refuse_unknown(self, names: Iterator[str]) -> None:
        known = (*HEAD, *SECTIONS) if self.path.stem == BASE else SECTIONS
        for name in names:
            if name not in known:
                raise FragmentError(self.path, name, f"is no section here: use {', '.join(known)}")

    def blocks(self, node: yaml.MappingNode) -> Iterator[Block]:
        ends = [*(self._start(key) for key, _ in node.value[1:]), len(self.lines)]
        for (key, value), end in zip(node.value, ends, strict=True):
            section = str(key.value)
            if section in SECTIONS and isinstance(value, yaml.MappingNode):
                for name, _, text in self.pieces(value, end):
                    yield Block(section, name, self.body[section][name], text, self.path)

    def pieces(self, node: yaml.MappingNode, end: int) -> list[tuple[str, int, str]]:
        """Name, first line and text of each key of a mapping that ends before the line `end`."""
        starts = [self._start(key) for key, _ in node.value]
        return [
            (str(key.value), start, "".join(self.lines[start:stop]).rstrip() + "\n")
            for (key, _), start, stop in zip(node.value, starts, [*starts[1:], end], strict=True)
        ]

    def _start(self, key: yaml.Node) -> int:
        """The line where a key begins, with the comments directly above it."""
        line = int(key.start_mark.line)
        indent = " " * key.start_mark.column
        while line and self.lines[line - 1].startswith(f"{indent}#"):
            line -= 1
        return line


def types_of(root: Path) -> dict[str, str]:
    """The types of the shared resources of a project, by logical id; raises `FragmentError`."""
    every = (block for part in parts(root) for block in part.blocks)
    return {block.name: block.type for block in every if block.section == "Resources"}


def parts(root: Path) -> list[Part]:
    """The parts of a project, base.yaml first; raises `FragmentError`."""
    found = sorted((root / INFRA).glob("*.yaml"), key=lambda path: (path.stem != BASE, path.stem))
    if not found or found[0].stem != BASE:
        raise FragmentError(f"{INFRA}/{BASE}.yaml", "", "add it: it is the head of template.yaml")
    return [Part.read(root, path) for path in found]
