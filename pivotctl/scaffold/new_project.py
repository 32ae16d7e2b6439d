"""Creates a project from some of the templates: `pivotctl new`."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pivotctl import catalogue
from pivotctl.infra import Application, Fragment, renew
from pivotctl.project import Project
from pivotctl.scaffold.new_function import ScaffoldError
from pivotctl.scaffold.readme import readme
from pivotctl.scaffold.workflow import WORKFLOW

_SAME = (
    ".gitignore",
    ".python-version",
    "LICENSE",
    *(
        f"docs/guides/{name}.md"
        for name in ("add-a-template", "calls", "conversations", "deploy", "function-yaml")
    ),
    "docs/callflow-actions.md",
    "docs/contract.md",
    "infra",
    "layers/common",
    "pivotctl",
    "requirements",
    "scripts/find-python",
)
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
    "tests/suite/test_catalogue.py",
    "tests/suite/test_templates.py",
)

_DIALLED = re.compile(r'\bdial(?:_runtime)?\(\s*"(\w+)"|\bpivotctl call (\w+)')
_BEHIND = re.compile(r"\]\(\.\./\.\./(?:workers|webhooks|cdr)/(\w+)\)")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?://|#)([^)#]+)(#[^)]*)?\)")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "bench.*")


@dataclass(frozen=True)
class NewProject:
    """A project in `folder` with the functions `names`. `added` are those that others need."""

    folder: Path
    names: tuple[str, ...]
    added: tuple[str, ...]


def new_project(source: Project, folder: Path, names: Iterable[str]) -> NewProject:
    """Create a project in `folder`, which must be empty or missing.

    It holds the templates `names` and the functions that they need, a template.yaml of these, the
    layer, pivotctl, events and tests. Raises `ScaffoldError`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldError(f"{folder} is not empty: give a folder that is not there yet")
    wanted = _pivots(source, names)
    chosen = _in_order(source, _with_needed(source, wanted))
    _copy(source, folder, chosen)
    renew(folder)
    _write(folder / "Makefile", _makefile(source))
    _write(folder / "requirements/dev.in", _without_console(source))
    _write(folder / "pyproject.toml", _pyproject(source))
    stack = _stack(folder.name)
    samconfig = _text(source, "samconfig.toml").replace("pivot-functions", stack)
    _write(folder / "samconfig.toml", samconfig)
    _write(folder / ".github/workflows/deploy.yml", WORKFLOW)
    _write(folder / "README.md", readme(folder.name, wanted[0], stack))
    for path, text in catalogue.files(Project.find(folder)).items():
        _write(path, text)
    _unlink(folder)
    return NewProject(folder, chosen, tuple(name for name in chosen if name not in wanted))


def _pivots(source: Project, names: Iterable[str]) -> list[str]:
    functions = [source.function(name) for name in names]
    for function in functions:
        if function.kind != "pivot":
            raise ScaffoldError(f"{function.name} is no Pivot template: choose of functions/pivot")
    return [function.name for function in functions]


def _with_needed(source: Project, names: list[str]) -> set[str]:
    """The templates, what their dialogues dial, the receivers and workers their READMEs name.

    Functions that empty a queue that stays are needed, and those that put events on a bus.
    """
    application = Application.read(source.root)
    found, open_ = set[str](), set(names)
    while open_ := open_ - found:
        found |= open_
        open_ = {each for name in open_ for each in _mentioned_by(source, name)}
        resources = application.only(found).assembled().resources
        open_ |= {each.name for each in application.functions if _serves(each, resources)}
    return found


def _serves(function: Fragment, resources: set[str]) -> bool:
    """Whether a function empties one of the queues, or puts events on one of the buses."""
    buses = {name for name, operations in function.may.items() if "PutEvents" in operations}
    return bool(({function.queue} | buses) & resources)


def _mentioned_by(source: Project, name: str) -> Iterator[str]:
    readme = (source.functions[name].path / "README.md").read_text(encoding="utf-8")
    said = _text(source, f"tests/calls/test_{name}.py") + readme
    dialled = {match[1] or match[2] for match in _DIALLED.finditer(said)}
    return (each for each in dialled | set(_BEHIND.findall(readme)) if each in source.functions)


def needed(source: Project, names: Iterable[str]) -> set[str]:
    """The functions `names` and those that they need. Raises `UnknownFunctionError`."""
    return _with_needed(source, [source.function(name).name for name in names])


def _in_order(source: Project, names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in source.functions if name in names)


# -- files -----------------------------------------------------------------------------------------


def _copy(source: Project, folder: Path, names: tuple[str, ...]) -> None:
    kinds = {name: source.functions[name].kind for name in names}
    own = [f"{top}/{kinds[name]}/{name}" for name in names for top in ("functions", "events")]
    for path in (*_SAME, *own, *_modules(source, names)):
        _copied(source.root / path, folder / path)


def _unlink(folder: Path) -> None:
    """Replace links to files that are not in the project by their text."""
    for page in (*folder.glob("docs/**/*.md"), *folder.glob("functions/**/*.md")):
        text = page.read_text(encoding="utf-8")
        page.write_text(_LINK.sub(partial(_kept_link, page=page), text), encoding="utf-8")


def _kept_link(found: re.Match[str], page: Path) -> str:
    return found[0] if (page.parent / found[2]).exists() else found[1]


def _copied(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, ignore=_NOT_COPIED)
    elif path.is_file():
        shutil.copy2(path, target)


def _modules(source: Project, names: tuple[str, ...]) -> list[str]:
    """The tests of the templates, the scripts, and what they import of both."""
    found = set[str]()
    open_ = [*_TESTS, *(f"tests/calls/test_{name}.py" for name in names)]
    open_ += [f"scripts/{name}.py" for name in _SCRIPTS]
    while open_:
        path = open_.pop()
        if path not in found and (source.root / path).is_file():
            found.add(path)
            open_ += _imported(_text(source, path))
    return sorted(found)


def _imported(code: str) -> Iterator[str]:
    """The files that the imports of a module may refer to."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                if name.partition(".")[0] in ("tests", "scripts"):
                    yield f"{name.replace('.', '/')}.py"


def _makefile(source: Project) -> str:
    """The Makefile without the benchmark and the campaign, which stay where they are."""
    paragraphs = _text(source, "Makefile").split("\n\n")
    left = re.compile(r"^(\.PHONY: (bench|campaign)|\$\(TOOLS\)/bench/)", re.MULTILINE)
    return "\n\n".join(each for each in paragraphs if not left.search(each))


def _pyproject(source: Project) -> str:
    """The pyproject.toml without them."""
    text = _text(source, "pyproject.toml")
    return re.sub(r'"(bench|campaign)", ', "", text)


def _without_console(source: Project) -> str:
    """requirements/dev.in without those of the console, which stays where it is."""
    return _text(source, "requirements/dev.in").replace(
        "-r ../layers/console/requirements.in\n", ""
    )


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
