"""The origin of a project: its version, its functions, and the files as they were delivered."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pivotctl.scaffold.errors import ScaffoldError

MANIFEST = "pivot-functions.json"
DELIVERED = ".pivot-functions.tar.xz"
GENERATED = frozenset(
    {
        "template.yaml",
        "docs/catalogue.md",
        "docs/catalogue.json",
        "functions/console/catalogue.json",
        MANIFEST,
        DELIVERED,
    }
)
"""Files that are made of others, and therefore made again instead of merged."""

_NOT_DELIVERED = frozenset({".git", ".venv", ".tools", ".aws-sam", ".pivotctl", "__pycache__"})
_TABLES = re.compile(r"(<!-- (groups|kinds) -->\n).*?(?=\n<!-- end of \2 -->)", re.DOTALL)

type Tree = Mapping[str, bytes]
"""Contents of files by their paths below a root."""


@dataclass(frozen=True)
class Manifest:
    """The content of pivot-functions.json.

    `version` is that of Pivot Functions, `revision` its commit if that is known; `functions` are
    those that the owner chose, and `needed` those that came along.
    """

    name: str
    version: str
    revision: str
    functions: tuple[str, ...]
    needed: tuple[str, ...]

    @classmethod
    def read(cls, root: Path) -> Manifest:
        """The manifest of a project. Raises `ScaffoldError` if it has none."""
        try:
            document = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
            functions, needed = (tuple(document[name]) for name in ("functions", "needed"))
            name, version = str(document["name"]), str(document["version"])
            revision = str(document["revision"])
        except FileNotFoundError as error:
            fix = "run this in a project that `pivotctl new` has made"
            raise ScaffoldError(f"{root} has no {MANIFEST}: {fix}") from error
        except (ValueError, KeyError, TypeError) as error:
            fix = "restore it from your version control"
            raise ScaffoldError(f"{MANIFEST} is damaged ({error!r}): {fix}") from error
        return cls(name, version, revision, functions, needed)

    def write(self, root: Path) -> None:
        """Write it into a project."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        (root / MANIFEST).write_text(text, encoding="utf-8")

    def of(self, functions: Iterable[str], needed: Iterable[str]) -> Manifest:
        """The manifest with other functions."""
        return replace(self, functions=tuple(functions), needed=tuple(needed))

    @property
    def origin(self) -> str:
        """The version and revision as text."""
        return f"{self.version} ({self.revision})" if self.revision else self.version


def origin_of(root: Path) -> tuple[str, str]:
    """Version and revision of a checkout of Pivot Functions; a project passes on its own."""
    if (root / MANIFEST).is_file():
        manifest = Manifest.read(root)
        return manifest.version, manifest.revision
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(settings["project"]["version"]), _revision(root)


def _revision(root: Path) -> str:
    """The commit of a checkout, and whether it has other changes; empty outside of git."""
    if not (root / ".git").exists():
        return ""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


# -- the files as they were delivered --------------------------------------------------------------


def tree(root: Path) -> Tree:
    """The files below a new project's root, without those that are generated."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    paths = ((path, path.relative_to(root)) for path in files)
    return {
        own.as_posix(): normal(own.as_posix(), path.read_bytes())
        for path, own in paths
        if own.as_posix() not in GENERATED and not _NOT_DELIVERED & set(own.parts)
    }


def tree_of(root: Path, paths: Iterable[str]) -> Tree:
    """Those of the files that exist in a project."""
    existing = (path for path in sorted(paths) if (root / path).is_file())
    return {path: normal(path, (root / path).read_bytes()) for path in existing}


def normal(path: str, content: bytes) -> bytes:
    """A file without its generated part: the tables of functions in README.md."""
    if path != "README.md":
        return content
    return _TABLES.sub(r"\1", content.decode()).encode()


def keep(root: Path, files: Tree) -> None:
    """Keep files as they were delivered, as the base of the next merge."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=0) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)  # without owner and time: the same files, the same bytes
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    (root / DELIVERED).write_bytes(buffer.getvalue())


def kept(root: Path) -> Tree:
    """The files as they were delivered. Raises `ScaffoldError` if the archive is missing."""
    try:
        with tarfile.open(root / DELIVERED, mode="r:xz") as archive:
            return {each.name: _content(archive, each) for each in archive.getmembers()}
    except (OSError, tarfile.TarError) as error:
        fix = "restore it from your version control: it has the files as they were delivered"
        raise ScaffoldError(f"{DELIVERED} cannot be read ({error}): {fix}") from error


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""
