"""Reports of `pivotctl add`, `remove`, and `update` on the files that they change."""

import difflib
from collections.abc import Iterable

import click

from pivotctl.scaffold.three_way import Change, Merge

_QUIET = ("added", "replaced", "removed")
_THEN = """\
Edit the files with conflicts, and remove the markers. Then run:
  pivotctl assemble
  python -m scripts.make_catalogue
  make test"""


def report(changes: Iterable[Change]) -> int:
    """Say what became of each file; returns the exit status, 1 if there are conflicts."""
    every = list(changes)
    for outcome in _QUIET:
        count = sum(each.outcome == outcome for each in every)
        if count:
            click.echo(f"{count} file{'s' if count > 1 else ''} {outcome}.")
    for each in every:
        if each.outcome not in _QUIET:
            click.echo(f"{each.path}: {each.outcome}")
    conflicts = [each.path for each in every if each.outcome.is_conflict]
    if conflicts:
        click.echo(_THEN)
    return 1 if conflicts else 0


def unmade(fault: str) -> int:
    """Say why template.yaml is not made again; returns the exit status."""
    if fault:
        click.echo(f"template.yaml is not regenerated: {fault}", err=True)
    return 1 if fault else 0


def edits(merge: Merge) -> list[str]:
    """The lines that tell which files the owner has changed, and by how many lines."""
    return [f"  {path}: {_amount(merge, path)}" for path in merge.edited()]


def _amount(merge: Merge, path: str) -> str:
    if path not in merge.ours:
        return "deleted"
    lines = [line[:1] for line in difference(merge, path)[2:]]
    return f"+{lines.count('+')} -{lines.count('-')}"


def difference(merge: Merge, path: str) -> list[str]:
    """The owner's changes of a file as a unified difference."""
    before, after = (
        each.get(path, b"").decode(errors="replace").splitlines(keepends=True)
        for each in (merge.base, merge.ours)
    )
    return list(difflib.unified_diff(before, after, f"delivered/{path}", f"yours/{path}"))
