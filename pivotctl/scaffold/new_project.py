"""Creates a project from some of the functions: `pivotctl new`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pivotctl import catalogue
from pivotctl.infra import renew
from pivotctl.needs import Needs
from pivotctl.project import Project
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.manifest import Manifest, keep, origin_of, tree
from pivotctl.scaffold.own_files import TestFiles, folders
from pivotctl.scaffold.readme import readme
from pivotctl.scaffold.workflow import WORKFLOW

_GUIDES = (
    "add-a-template",
    "calls",
    "connect",
    "conversations",
    "deploy",
    "function-yaml",
    "lint",
    "projects",
    "settings",
    "softphone",
    "test-a-template",
)
_SAME = (
    ".gitignore",
    ".python-version",
    "AGENTS.md",
    "LICENSE",
    *(f"docs/guides/{name}.md" for name in _GUIDES),
    "docs/callflow-actions.md",
    "docs/contract.md",
    "docs/layer.md",
    "docs/schemas",
    "infra",
    "layers/common",
    "layers/console",
    "pivotctl",
    "requirements",
    "scripts/find-python",
)
_BY_KIND = {
    "webhooks": ("docs/guides/events.md",),
    "cdr": ("docs/guides/records.md",),
    "workers": ("docs/guides/recover-deliveries.md",),
    "sockets": ("docs/guides/sockets.md",),
}
_SCRIPTS = (
    "build",
    "check_types",
    "lint_template",
    "make_catalogue",
    "make_dialogues",
    "make_events",
)
_TESTS = (
    "tests/conftest.py",
    "tests/calls/conftest.py",
    "tests/calls/test_transcripts.py",
    "tests/integration/test_events.py",
    "tests/suite/test_catalogue.py",
    "tests/suite/test_functions.py",
    "tests/suite/test_schemas.py",
    "tests/suite/test_templates.py",
)

_LINK = re.compile(r"(!?)\[([^\]]+)\]\((?!https?://|#)([^)#]+)(#[^)]*)?\)")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "bench.*", "promises.*", "sbom.*")

_OWN_PACKAGES = ("bench", "campaign", "fuzz", "promises")
_OWN_TARGETS = (*_OWN_PACKAGES, "pictures", "sbom")
_OWN_TOOLS = ("bench", "promises", "sbom", "shipped")
"""Tools that measure, attack, and list the collection; a project is made without them."""


@dataclass(frozen=True)
class NewProject:
    """A project in `folder` with the functions `names`. `added` are those that others need."""

    folder: Path
    names: tuple[str, ...]
    added: tuple[str, ...]


def new_project(source: Project, folder: Path, names: Iterable[str]) -> NewProject:
    """Create a project in `folder`, which must be empty or missing.

    It holds the functions `names` and those that they need, a template.yaml of these, the layer,
    pivotctl, events, tests, and a record of what was delivered. Raises `ScaffoldError`, and
    `UnknownFunctionError` for a name that does not exist.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldError(f"{folder} is not empty: give a folder that does not exist yet")
    wanted = tuple(dict.fromkeys(source.function(name).name for name in names))
    whole = Needs.of(source).whole(wanted)
    made = NewProject(
        folder,
        names=tuple(name for name in source.functions if name in whole),
        added=tuple(name for name in source.functions if name in whole - {*wanted}),
    )
    _copy(source, made)
    renew(folder)
    _adapt(source, made, first_of(source, wanted))
    for path, text in catalogue.files(Project.find(folder)).items():
        _write(path, text)
    _unlink(folder)
    _record(source, made, wanted)
    return made


def first_of(source: Project, names: Sequence[str]) -> str:
    """The function to show first: the first that can be called."""
    called = (name for name in names if source.function(name).kind == "pivot")
    return next(called, names[0])


def _record(source: Project, made: NewProject, wanted: tuple[str, ...]) -> None:
    version, revision = origin_of(source.root)
    Manifest(made.folder.resolve().name, version, revision, wanted, made.added).write(made.folder)
    keep(made.folder, tree(made.folder))


# -- files -----------------------------------------------------------------------------------------


def _copy(source: Project, made: NewProject) -> None:
    functions = [source.functions[name] for name in made.names]
    own = [f for each in functions for f in folders(each) if not f.startswith("tests/")]
    shared = [path for kind in {each.kind for each in functions} for path in _BY_KIND.get(kind, ())]
    scripts = [f"scripts/{name}.py" for name in _SCRIPTS]
    tests = TestFiles(source, made.names).chosen((*_TESTS, *scripts))
    for path in (*_SAME, *shared, *own, *tests):
        _copied(source.root / path, made.folder / path)


def _adapt(source: Project, made: NewProject, first: str) -> None:
    """Write the files that differ from the collection's."""
    folder, stack = made.folder, _stack(made.folder.resolve().name)
    _write(folder / "Makefile", _makefile(source))
    _write(folder / "pyproject.toml", _pyproject(source))
    _write(folder / "samconfig.toml", _text(source, "samconfig.toml").replace(_OWN_STACK, stack))
    _write(folder / ".github/workflows/deploy.yml", WORKFLOW)
    shown = source.function(first)
    _write(folder / "README.md", readme(folder, shown, folder.resolve().name, stack))


def _unlink(folder: Path) -> None:
    """Replace links to files that are not in the project by their text, and drop pictures."""
    for page in (folder / "AGENTS.md", *folder.glob("docs/**/*.md"), *_readmes(folder)):
        if page.is_file():
            text = page.read_text(encoding="utf-8")
            page.write_text(_LINK.sub(partial(_kept_link, page=page), text), encoding="utf-8")


def _readmes(folder: Path) -> Iterable[Path]:
    return folder.glob("functions/**/*.md")


def _kept_link(found: re.Match[str], page: Path) -> str:
    if (page.parent / found[3]).exists():
        return found[0]
    return "" if found[1] else found[2]


def _copied(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, ignore=_NOT_COPIED)
    elif path.is_file():
        shutil.copy2(path, target)


def _makefile(source: Project) -> str:
    """The Makefile without what measures, attacks, and lists the collection.

    Its quick tests are the contract's, and those of the functions that have some.
    """
    quick = "tests/suite $(wildcard tests/unit) $(ARGS)"
    paragraphs = _text(source, "Makefile").replace("tests/unit $(ARGS)", quick).split("\n\n")
    own = rf"\.PHONY: ({'|'.join(_OWN_TARGETS)})|\$\(TOOLS\)/({'|'.join(_OWN_TOOLS)})/|SBOM|LOCKED_"
    left = re.compile(f"^({own})", re.MULTILINE)
    return "\n\n".join(each for each in paragraphs if not left.search(each))


def _pyproject(source: Project) -> str:
    """The pyproject.toml without them."""
    text = _text(source, "pyproject.toml")
    return re.sub(rf'"({"|".join(_OWN_PACKAGES)})", ', "", text)


_OWN_STACK = "pivot-functions"


def _stack(name: str) -> str:
    """The name of the new project's stack, which no other project's may overwrite."""
    stack = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "functions"
    return stack if stack[0].isalpha() else f"pivot-{stack}"


def _text(source: Project, path: str) -> str:
    file = source.root / path
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
