"""Takes changed sources over into a run, and restarts the functions that they belong to.

A change of a function's or a layer's files is copied into the run's own copy of the build, to where
`sam build` would have put it. What only a build can do (another dependency, another template) is
said, not done.
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
_SKIPPED = frozenset({"__pycache__", "tests"})


@dataclass(frozen=True)
class Change:
    """One changed file: where it goes in the build, and the functions that use it."""

    source: Path
    target: Path
    functions: frozenset[str]


@dataclass
class Reloader:
    """Watches the sources of a project for one run."""

    project: Project
    build: Path
    restart: Callable[[str], None]
    say: Callable[[str], None]
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Watch in a thread of its own."""
        threading.Thread(target=self._run, daemon=True, name="reload").start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def _run(self) -> None:
        roots = {self.project.template.path, *self._folders()}
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
        """Take over the changed files, and restart what uses them."""
        affected: set[str] = set()
        for path in sorted(set(paths)):
            if path.name in _NEEDS_BUILD:
                self.say(f"{self._short(path)} changed: restart `pivotctl serve` to build anew")
            elif change := self.change(path):
                take_over(change)
                affected |= change.functions
                self.say(f"{self._short(path)} changed")
        for name in sorted(affected):
            self.restart(name)
        if affected:
            self.say(f"Reloaded: {', '.join(sorted(affected))}")

    def change(self, path: Path) -> Change | None:
        """What a changed path means, or None if it is no part of a build."""
        if not is_source(path.name) or _SKIPPED.intersection(path.parts) or path.is_dir():
            return None
        for function in self.project.functions.values():
            if path.is_relative_to(function.path):
                target = self.build / function.logical_id / path.relative_to(function.path)
                return Change(path, target, frozenset({function.name}))
        for layer, folder in self.project.layers.items():
            if path.is_relative_to(folder):
                target = self.build / layer / "python" / path.relative_to(folder)
                return Change(path, target, self._users(layer))
        return None

    def _users(self, layer: str) -> frozenset[str]:
        functions = self.project.functions.values()
        return frozenset(function.name for function in functions if layer in function.layers)

    def _short(self, path: Path) -> Path:
        root = self.project.root
        return path.relative_to(root) if path.is_relative_to(root) else path


def take_over(change: Change) -> None:
    """Put a changed file where the build has it, or remove it there.

    The build's byte-code is not checked against its source when it is loaded, so it must go; and
    the file itself is a hard link, so it is replaced, not written to.
    """
    change.target.unlink(missing_ok=True)
    for stale in change.target.parent.glob(f"__pycache__/{change.target.stem}.*.pyc"):
        stale.unlink()
    if change.source.is_file():
        change.target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(change.source, change.target)
