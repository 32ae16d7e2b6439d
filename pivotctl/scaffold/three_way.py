"""A three-way merge of files: as they were delivered, as they are now, and as they are upstream."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.manifest import Tree

_MOST_CONFLICTS = 127
"""The largest exit status by which `git merge-file` counts conflicts; above it is an error."""


class Outcome(StrEnum):
    """The outcome of a merge for a file, in words of a report."""

    ADDED = "added"
    REPLACED = "replaced"
    REMOVED = "removed"
    MERGED = "merged with your changes"
    CONFLICT = "CONFLICT, see the markers"
    BINARY = "CONFLICT, yours is kept"
    KEPT = "no longer delivered, kept because you changed it"
    ABSENT = "changed upstream, stays deleted"

    @property
    def is_conflict(self) -> bool:
        """Whether the owner has to decide."""
        return self in (Outcome.CONFLICT, Outcome.BINARY)


@dataclass(frozen=True)
class Change:
    """The outcome for one file, and its new content; None leaves it as it is, or removes it."""

    path: str
    outcome: Outcome
    content: bytes | None = None


@dataclass(frozen=True)
class Merge:
    """Three trees. `label` names the third one in conflict markers."""

    base: Tree
    ours: Tree
    theirs: Tree
    label: str

    def changes(self) -> list[Change]:
        """The changes that bring `theirs` into `ours`, by path."""
        paths = sorted({*self.base, *self.theirs})
        return [change for path in paths for change in self._change(path)]

    def edited(self) -> list[str]:
        """The files that the owner has changed or deleted since they were delivered."""
        return [path for path in sorted(self.base) if self.ours.get(path) != self.base[path]]

    def _change(self, path: str) -> Iterator[Change]:
        base, ours, theirs = (each.get(path) for each in (self.base, self.ours, self.theirs))
        if theirs in (base, ours):
            return
        if ours == base:
            yield _taken(path, base, theirs)
        elif ours is None:
            yield Change(path, Outcome.ABSENT)
        elif theirs is None:
            yield Change(path, Outcome.KEPT)
        else:
            yield self._merged(path, ours, base or b"", theirs)

    def _merged(self, path: str, ours: bytes, base: bytes, theirs: bytes) -> Change:
        if any(b"\0" in each for each in (ours, base, theirs)):
            return Change(path, Outcome.BINARY)
        conflicts, merged = merged_text(ours, base, theirs, self.label)
        return Change(path, Outcome.CONFLICT if conflicts else Outcome.MERGED, merged)


def _taken(path: str, base: bytes | None, theirs: bytes | None) -> Change:
    if theirs is None:
        return Change(path, Outcome.REMOVED)
    return Change(path, Outcome.ADDED if base is None else Outcome.REPLACED, theirs)


def merged_text(ours: bytes, base: bytes, theirs: bytes, label: str) -> tuple[int, bytes]:
    """The number of conflicts, and the merged text with a marker at each.

    Raises `ScaffoldError` without git.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        labels = [part for name in ("yours", "delivered", label) for part in ("-L", name)]
        command = ["git", "merge-file", "-p", "--diff3", *labels, *map(str, paths)]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError as error:
            raise ScaffoldError("git is not on PATH: install it, it merges your changes") from error
    if not 0 <= done.returncode <= _MOST_CONFLICTS:
        raise ScaffoldError(f"git merge-file failed: {done.stderr.decode(errors='replace')}")
    return done.returncode, done.stdout
