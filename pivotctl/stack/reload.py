"""Copies changed sources into a run, and restarts the functions that use them.

A changed file of a function or a layer is copied into the run's copy of the build, to the place
where `sam build` would have put it. Changes that need a build (dependencies, the template) are
reported, not applied.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import watch

from pivotctl.stack.build import is_source

if TYPE_CHECKING:
    from pivotctl.project import Project

_NEEDS_BUILD = frozenset(
    {"requirements.txt", "requirements.in", "Makefile", "template.yaml", "function.yaml"}
)
FUNCTIONS = "functions"
_SKIPPED = frozenset({"__pycache__", "tests"})


@dataclass(frozen=True)
class SourceChange:
    """A changed file: its place in the build, and the functions that use it."""

    source: Path
    target: Path
    functions: frozenset[str]


@dataclass
class Reloader:
    """Watches the sources of a project for one run.

    `extend` takes up new functions, and returns their names.
    """

    project: Project
    build: Path
    restart: Callable[[str], None]
    say: Callable[[str], None]
    extend: Callable[[], list[str]] = list
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start watching, in a background thread."""
        threading.Thread(target=self._run, daemon=True, name="reload").start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()

    def _run(self) -> None:
        folders = {self.project.root / FUNCTIONS, *self._folders()}
        roots = {self.project.template.path, *folders}
        existing = [path for path in roots if path.exists()]
        for changes in watch(
            *existing, stop_event=self._stopped, debounce=100, step=50, rust_timeout=500,
            yield_on_timeout=False, raise_interrupt=False,
        ):  # fmt: skip
            self.apply(Path(path) for _, path in changes)

    def _folders(self) -> list[Path]:
        functions = [function.path for function in self.project.functions.values()]
        return [*functions, *self.project.layers.values()]

    def apply(self, paths: Iterable[Path]) -> None:
        """Copy the changed files, and restart the functions that use them."""
        affected: set[str] = set()
        changed = sorted(set(paths))
        self._rebuild([path for path in changed if path.name in _NEEDS_BUILD])
        for path in changed:
            if path.name not in _NEEDS_BUILD and (change := self.change(path)):
                copy_change(change)
                affected |= change.functions
                self.say(f"{self._short(path)} changed")
        for name in sorted(affected):
            self.restart(name)
        if affected:
            self.say(f"Reloaded: {', '.join(sorted(affected))}")

    def _rebuild(self, paths: list[Path]) -> None:
        """Take up new functions; other changes of these files need a restart."""
        added = self.extend() if paths else []
        if added:
            self.say(f"Added: {', '.join(added)}")
            return
        for path in paths:
            self.say(f"{self._short(path)} changed: restart `pivotctl serve` to rebuild")

    def change(self, path: Path) -> SourceChange | None:
        """Return the change of a path, or None if it is not part of a build."""
        if not is_source(path.name) or _SKIPPED.intersection(path.parts) or path.is_dir():
            return None
        for function in self.project.functions.values():
            if path.is_relative_to(function.path):
                target = self.build / function.logical_id / path.relative_to(function.path)
                return SourceChange(path, target, frozenset({function.name}))
        for layer, folder in self.project.layers.items():
            if path.is_relative_to(folder):
                target = self.build / layer / "python" / path.relative_to(folder)
                return SourceChange(path, target, self._users(layer))
        return None

    def _users(self, layer: str) -> frozenset[str]:
        functions = self.project.functions.values()
        return frozenset(function.name for function in functions if layer in function.layers)

    def _short(self, path: Path) -> Path:
        root = self.project.root
        return path.relative_to(root) if path.is_relative_to(root) else path


def copy_change(change: SourceChange) -> None:
    """Copy a changed file to its place in the build, or remove it there.

    Byte-code in the build is never checked against its source, so it is removed. The file itself is
    a hard link, so it is replaced, not overwritten.
    """
    change.target.unlink(missing_ok=True)
    for stale in change.target.parent.glob(f"__pycache__/{change.target.stem}.*.pyc"):
        stale.unlink()
    if change.source.is_file():
        change.target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(change.source, change.target)
