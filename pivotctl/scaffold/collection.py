"""The checkout of Pivot Functions that a project takes functions from."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.manifest import Manifest

_MARK = Path("pivotctl/scaffold/new_project.py")
_REMEMBERED = Path(".pivotctl/collection")


def remember(root: Path, collection: Path) -> None:
    """Note where a project's functions come from, in the folder that git ignores."""
    (root / _REMEMBERED).parent.mkdir(exist_ok=True)
    (root / _REMEMBERED).write_text(f"{collection.resolve()}\n", encoding="utf-8")


def collection_of(root: Path, given: Path | None) -> Path:
    """The checkout that was given, or the one of the last time. Raises `ScaffoldError`."""
    noted = root / _REMEMBERED
    text = noted.read_text(encoding="utf-8").strip() if noted.is_file() else ""
    folder = given or (Path(text) if text else None)
    if folder is None:
        fix = "give the folder of a checkout of Pivot Functions: --from ../pivot-functions"
        raise ScaffoldError(f"It is not known where functions come from: {fix}")
    if folder.resolve() == root.resolve() or not (folder / _MARK).is_file():
        fix = "give --from the folder that `git clone` has made"
        raise ScaffoldError(f"{folder} is no checkout of Pivot Functions: {fix}")
    return folder.resolve()


@contextmanager
def rendered(collection: Path, name: str, functions: Iterable[str]) -> Iterator[Path]:
    """A new project `name` as the collection's own pivotctl makes it, for as long as it is used.

    Raises `ScaffoldError` with what that pivotctl says.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, name)
        path = os.pathsep.join((str(collection), str(collection / "layers/common")))
        done = subprocess.run(
            [sys.executable, "-m", "pivotctl", "new", str(target), *functions],
            cwd=collection,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ScaffoldError(done.stderr.strip().removeprefix("Error: ") or "new failed")
        yield target


def manifest_of(target: Path) -> Manifest:
    """The manifest of a rendered project; without one, the checkout is too old."""
    try:
        return Manifest.read(target)
    except ScaffoldError as error:
        fix = "fetch a newer version of it (git pull)"
        raise ScaffoldError(f"The checkout cannot record what it delivers: {fix}") from error
