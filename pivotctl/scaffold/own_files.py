"""The files of a project's functions: folders, sample events, and tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pivotctl.infra.kinds import CONSOLE
from pivotctl.project import Function, Project

_MENTIONED = re.compile(r"\b(?:pivot|webhooks|cdr|workers)[./](\w+)")
_TESTED = ("tests/unit/functions", "tests/integration/functions")


def folders(function: Function) -> tuple[str, ...]:
    """The folders that belong to one function alone, whether or not they exist."""
    own = function.name if function.kind == CONSOLE.name else f"{function.kind}/{function.name}"
    tests = (f"{folder}/{function.name}" for folder in _TESTED)
    return (f"functions/{own}", f"events/{function.kind}/{function.name}", *tests)


def modules(function: Function) -> tuple[str, ...]:
    """The test modules that belong to one function alone, whether or not they exist."""
    return (dialogues(function), f"tests/unit/test_{function.name}.py")


def dialogues(function: Function) -> str:
    """The dialogues of a Pivot template."""
    return f"tests/calls/test_{function.name}.py"


@dataclass(frozen=True)
class TestFiles:
    """The tests of a project that some of its functions can keep."""

    __test__ = False

    project: Project
    names: Collection[str]

    def chosen(self, always: Collection[str]) -> list[str]:
        """The modules `always`, the functions' own tests, and all that they import.

        A test of a function's code that needs a function which is not among the names is left out.
        """
        functions = [self.project.functions[name] for name in self.names]
        own = [path for path in self._own(functions) if self._fits(path)]
        open_ = {*always, *own, *(dialogues(each) for each in functions)}
        open_ |= {each for path in open_ if self._text(path) for each in self._conftests(path)}
        return sorted({each for path in open_ for each in self._with_imports(path)})

    def _own(self, functions: Iterable[Function]) -> Iterator[str]:
        for function in functions:
            yield from (path for path in modules(function) if self._text(path))
            for folder in folders(function):
                if folder.startswith("tests/"):
                    found = sorted((self.project.root / folder).rglob("*.py"))
                    yield from (path.relative_to(self.project.root).as_posix() for path in found)

    def _fits(self, path: str) -> bool:
        every = [each for each in self._with_imports(path) if each.startswith("tests/")]
        mentioned = {name for each in every for name in _MENTIONED.findall(self._text(each))}
        return not mentioned & (self.project.functions.keys() - set(self.names))

    def _with_imports(self, path: str) -> set[str]:
        found, open_ = set[str](), {path}
        while open_:
            found |= {each for each in open_ if self._text(each)}
            open_ = {each for one in open_ for each in _imported(self._text(one))} - found
        return found

    def _conftests(self, path: str) -> Iterator[str]:
        above = (parent / "conftest.py" for parent in Path(path).parents if parent.parts)
        yield from (each.as_posix() for each in above if self._text(each.as_posix()))

    def _text(self, path: str) -> str:
        file = self.project.root / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""


@cache
def _imported(code: str) -> frozenset[str]:
    """The files that the imports of a module may refer to."""
    found = set[str]()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            found |= {name for name in names if name.partition(".")[0] in ("tests", "scripts")}
    return frozenset(f"{name.replace('.', '/')}.py" for name in found)
