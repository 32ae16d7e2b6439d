"""Changes of a project after it was made: `pivotctl add`, `remove`, and `update`."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pivotctl import catalogue
from pivotctl.infra import renew
from pivotctl.needs import Needs
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.collection import manifest_of
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.manifest import Manifest, Tree, keep, kept, tree, tree_of
from pivotctl.scaffold.own_files import folders, modules
from pivotctl.scaffold.three_way import Change, Merge, Outcome

_MARKER = b"\n<<<<<<< yours\n"


@dataclass(frozen=True)
class Plan:
    """The change that a command makes to a project, before it is made.

    `merge` is what the files go through, `delivered` the next base, and `sources` the folder of
    the rendered project, which has the modes of new files.
    """

    root: Path
    manifest: Manifest
    merge: Merge
    delivered: Tree
    sources: Path

    @cached_property
    def changes(self) -> list[Change]:
        """The changes, by path."""
        return self.merge.changes()

    def run(self) -> str:
        """Do it. Returns what template.yaml could not be made of; empty if all is well."""
        for change in self.changes:
            _do(self.root / change.path, change, self.sources / change.path)
        keep(self.root, self.delivered)
        self.manifest.write(self.root)
        return regenerated(self.root)


def _do(path: Path, change: Change, source: Path) -> None:
    if change.outcome is Outcome.REMOVED:
        path.unlink()
        _remove_empty(path.parent)
    elif change.content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change.content)
        shutil.copymode(source, path)


def _remove_empty(folder: Path) -> None:
    """Remove folders in which nothing is left but byte-code."""
    while not any(path.name != "__pycache__" for path in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent


def regenerated(root: Path) -> str:
    """Make template.yaml and the catalogue again; returns why that is not possible, or ''."""
    try:
        renew(root)
        for path, text in catalogue.files(Project.find(root)).items():
            path.write_text(text, encoding="utf-8")
    except (TemplateError, ProjectError, SyntaxError) as error:
        return str(error)
    return ""


# -- add and update --------------------------------------------------------------------------------


def update(root: Path, target: Path) -> Plan:
    """The plan that brings a project to what was rendered as `target`.

    Raises `ScaffoldError` while conflicts of an earlier update are open.
    """
    manifest, theirs = manifest_of(target), tree(target)
    base = kept(root)
    ours = tree_of(root, {*base, *theirs})
    _refuse_open_conflicts(ours)
    label = f"Pivot Functions {manifest.origin}"
    return Plan(root, manifest, Merge(base, ours, theirs, label), theirs, target)


def _refuse_open_conflicts(ours: Tree) -> None:
    still = [path for path, content in ours.items() if _MARKER in b"\n" + content]
    if still:
        fix = "edit them, remove the markers, and try again"
        raise ScaffoldError(f"These files have conflict markers: {', '.join(still)}: {fix}")


def add(root: Path, target: Path, before: Path) -> Plan:
    """The plan that adds what `target` has beyond `before`, the project as it would be now.

    Raises `ScaffoldError` if the collection has moved on since the project was made of it.
    """
    base, now, theirs = kept(root), tree(before), tree(target)
    _refuse_others(base, now)
    manifest = manifest_of(target)
    ours = tree_of(root, {*now, *theirs})
    merge = Merge(now, ours, theirs, f"Pivot Functions {manifest.origin}")
    return Plan(root, manifest, merge, {**base, **theirs}, target)


def _refuse_others(base: Tree, now: Tree) -> None:
    moved = [path for path in sorted(base.keys() & now.keys()) if base[path] != now[path]]
    if moved:
        others = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        raise ScaffoldError(
            f"The checkout has changed since this project was made of it ({moved[0]}{others}):"
            " run `pivotctl update` first"
        )


def existing(root: Path, manifest: Manifest) -> list[str]:
    """The functions of the manifest whose folders were not deleted."""
    functions = Project.find(root).functions
    return [name for name in manifest.functions if name in functions]


# -- remove ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Removal:
    """The parts that go with some functions: `folders`, files, and the `edited` ones among them.

    `idle` are functions that came along and that nothing needs any more.
    """

    root: Path
    names: tuple[str, ...]
    paths: tuple[Path, ...]
    edited: tuple[str, ...]
    idle: tuple[str, ...]

    def run(self) -> str:
        """Do it. Returns what template.yaml could not be made of; empty if all is well."""
        for path in self.paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            _remove_empty(path.parent)
        manifest = Manifest.read(self.root)
        asked = [name for name in manifest.functions if name not in self.names]
        needed = [name for name in manifest.needed if name not in self.names]
        manifest.of(asked, needed).write(self.root)
        gone = tuple(f"{path.relative_to(self.root).as_posix()}/" for path in self.paths)
        base = kept(self.root).items()
        keep(self.root, {path: text for path, text in base if not f"{path}/".startswith(gone)})
        return regenerated(self.root)


def removal(root: Path, names: Iterable[str]) -> Removal:
    """The parts that removing functions takes along. Raises `ScaffoldError` if others need them."""
    project, manifest = Project.find(root), Manifest.read(root)
    wanted = tuple(dict.fromkeys(project.function(name).name for name in names))
    needs = Needs.of(project)
    left = [name for name in project.functions if name not in wanted]
    _refuse_needed(needs, wanted, left)
    if not left:
        raise ScaffoldError("These are all functions of the project: delete its folder instead")
    own = [path for name in wanted for path in _existing(project, name)]
    asked = {name for name in left if name not in manifest.needed}
    idle = set(manifest.needed) & {*left} - needs.whole(asked)
    return Removal(
        root, wanted, tuple(own), tuple(_edited(root, own)), tuple(n for n in left if n in idle)
    )


def _refuse_needed(needs: Needs, wanted: tuple[str, ...], left: list[str]) -> None:
    users: Mapping[str, list[str]] = {
        name: [each for each in needs.who_needs(name) if each in left] for name in wanted
    }
    said = [f"{name} is needed by {', '.join(by)}" for name, by in users.items() if by]
    if said:
        raise ScaffoldError(f"{'; '.join(said)}: remove these first, or together with it")


def _existing(project: Project, name: str) -> Iterator[Path]:
    function = project.function(name)
    paths = (project.root / each for each in (*folders(function), *modules(function)))
    return (path for path in paths if path.exists())


def _edited(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """The owner's own and changed files below some paths."""
    base = kept(root)
    files = (file for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    for file in sorted(each for each in files if each.is_file()):
        own = file.relative_to(root).as_posix()
        if "__pycache__" not in file.parts and base.get(own) != file.read_bytes():
            yield own
