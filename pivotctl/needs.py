"""The functions that a function needs: what it dials, what feeds it, and what empties its queues.

- A Pivot template needs the templates that its dialogues dial, and the functions that its README
  links.
- A receiver or a sink needs the workers that its README links, unless they are behind the bus.
- A worker needs the receivers that store its events, or else the workers that deliver them; for a
  table's stream, a function that fills it.
- Queues and buses in use need the workers that empty and fill them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pivotctl.infra import Application, Fragment
from pivotctl.project import Project
from pivotkit import events
from pivotkit.events import Event

_DIALED = re.compile(r'\bdial(?:_runtime)?\(\s*"(\w+)"|\bpivotctl call (\w+)')
_LINKED = re.compile(r"\]\(\.\./\.\./(?:workers|webhooks|cdr)/(\w+)\)")
_RECEIVERS = ("webhooks", "cdr")
_WRITES = "PutItem"


@dataclass(frozen=True)
class Needs:
    """The needs that the functions of a project have of each other."""

    project: Project
    application: Application

    @classmethod
    def of(cls, project: Project) -> Needs:
        """The needs in a project; raises `FragmentError`."""
        return cls(project, Application.read(project.root))

    def whole(self, names: Iterable[str]) -> set[str]:
        """These functions and all that they need."""
        found, open_ = set[str](), set(names)
        while open_ := (open_ | self._shared(found | open_)) - found:
            found |= open_
            open_ = {each for name in open_ for each in self._own(name)}
        return found

    def of_function(self, name: str) -> tuple[str, ...]:
        """The functions that come along with one, in the order of template.yaml."""
        needed = self.whole([name]) - {name}
        return tuple(each for each in self.project.functions if each in needed)

    def who_needs(self, name: str) -> tuple[str, ...]:
        """The functions that name this one as needed."""
        return tuple(
            each.name
            for each in self.application.functions
            if each.name != name and name in self.of_function(each.name)
        )

    def _own(self, name: str) -> set[str]:
        """The functions that one names, dials, or takes deliveries of."""
        fragment = self._fragments[name]
        return (self._dialed(name) | self._linked(fragment) | self._feeding(fragment)) - {name}

    def _shared(self, names: set[str]) -> set[str]:
        """The functions behind queues and buses in use, and one that fills a stream in use."""
        resources = self.application.only(names).resources
        serving = {each.name for each in self.application.functions if _serves(each, resources)}
        return serving | self._filling({self._fragments[name].stream for name in names}, names)

    def _filling(self, tables: set[str], names: set[str]) -> set[str]:
        """The first function that fills a table whose stream is read, unless one does."""
        filling = [each for each in self.application.functions if _fills(each) & tables]
        if any(each.name in names for each in filling):
            return set()
        return {each.name for each in filling[:1]}

    @cached_property
    def _fragments(self) -> dict[str, Fragment]:
        return {each.name: each for each in self.application.functions}

    def _dialed(self, name: str) -> set[str]:
        said = self._text(Path("tests/calls") / f"test_{name}.py") + self._readme(name)
        dialed = {match[1] or match[2] for match in _DIALED.finditer(said)}
        return dialed & self._fragments.keys()

    def _linked(self, fragment: Fragment) -> set[str]:
        if fragment.kind.name not in ("pivot", *_RECEIVERS):
            return set()
        linked = set(_LINKED.findall(self._readme(fragment.name))) & self._fragments.keys()
        if fragment.kind.name == "pivot":
            return linked
        return {name for name in linked if _is_for_all(self._fragments[name])}

    def _feeding(self, fragment: Fragment) -> set[str]:
        """The receivers of a worker's events; without one, the workers that deliver them."""
        every = [self.sources(event) for event in fragment.events]
        receivers = {name for found in every for name in found if self._receives(name)}
        return receivers or {name for found in every for name in found}

    def sources(self, event: str) -> set[str]:
        """The functions that deliver an event by name, or take the type that is nearest to it."""
        found = {each.name for each in self.application.functions if event in each.delivers}
        for kind in (events.type_of(event) or Event).__mro__:
            found = found or {name for name, types in self._types.items() if kind in types}
        return found

    def _receives(self, name: str) -> bool:
        return self._fragments[name].kind.name in _RECEIVERS

    @cached_property
    def _types(self) -> dict[str, set[type[Event]]]:
        """The types of event that each receiver's handler takes."""
        receivers = [each for each in self.application.functions if each.kind.name == "webhooks"]
        apps = {each.name: self._text(each.folder / "app.py") for each in receivers}
        return {name: set(_handled(app)) for name, app in apps.items()}

    def _readme(self, name: str) -> str:
        return self._text(self._fragments[name].folder / "README.md")

    def _text(self, path: Path) -> str:
        file = self.project.root / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""


def _serves(function: Fragment, resources: set[str]) -> bool:
    """Whether a function empties one of the queues, or puts events on one of the buses."""
    buses = {name for name, operations in function.may.items() if "PutEvents" in operations}
    return bool(({function.queue} | buses) & resources)


def _is_for_all(worker: Fragment) -> bool:
    """Whether a worker works for any delivery; one behind the bus is chosen for its own sake."""
    return not worker.events


def _fills(function: Fragment) -> set[str]:
    """The tables that a function stores deliveries in."""
    may = {**function.kind.may, **(function.may if function.delivers else {})}
    return {table for table, operations in may.items() if _WRITES in operations}


def _handled(app: str) -> Iterator[type[Event]]:
    """The types in the annotation of a handler's first parameter, unions included."""
    for node in ast.walk(ast.parse(app)):
        if isinstance(node, ast.FunctionDef) and node.name == "handler" and node.args.args:
            annotation = node.args.args[0].annotation
            names = [each.id for each in ast.walk(annotation or node) if isinstance(each, ast.Name)]
            types = (getattr(events, name, None) for name in names)
            yield from (each for each in types if isinstance(each, type))
