"""House rules as code: public names are documented, and functions are short."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.figures import functions, length
from tests.kazoo import ROOT
from tests.suite import code

PUBLISHED = ("layers/common/pivotkit", "pivotctl")
CODE = (*PUBLISHED, "functions")
MEDIAN = 8
LONGEST = 50


def modules(*folders: str) -> list[Path]:
    """All modules in *folders*."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def tree(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def undocumented(node: ast.AST, where: str) -> Iterator[str]:
    """Public names below *node* that have no docstring."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If | ast.Try):
            yield from undocumented(child, where)
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        overload = any("overload" in ast.unparse(mark) for mark in child.decorator_list)
        if child.name.startswith("_") or overload:
            continue
        if not ast.get_docstring(child):
            yield f"{where}.{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from undocumented(child, f"{where}.{child.name}")


@pytest.mark.parametrize(
    "path", modules(*PUBLISHED), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_what_is_public_is_documented(path: Path) -> None:
    """Every module, public class, and public function has a docstring."""
    parsed = tree(path)
    assert ast.get_docstring(parsed) or not parsed.body
    assert list(undocumented(parsed, path.stem)) == []


def test_functions_are_short() -> None:
    """Half of all functions have at most eight lines, and none has more than fifty."""
    lengths = {
        f"{path.relative_to(ROOT)}:{function.name}": length(function)
        for path in modules(*CODE)
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}
    assert statistics.median(lengths.values()) <= MEDIAN


OTHERS = sorted(
    path.parent
    for path in (ROOT / "functions").glob("*/*/app.py")
    if path.parent.parent.name != "pivot"  # these keep the whole contract: tests/suite
)


@pytest.mark.parametrize("check", code.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("folder", OTHERS, ids=lambda folder: folder.name)
def test_the_code_of_functions_is_plain(folder: Path, check: code.CodeCheck) -> None:
    """Receivers, sinks, and workers keep the contract's rules about code."""
    assert check(code.Coded(folder)) == []


TESTS = [path for path in modules("tests") if path.name.startswith("test_")]


@pytest.mark.parametrize("path", TESTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_tests_state_their_rules(path: Path) -> None:
    """Every test states its rule in a sentence, and none has more than fifty lines."""
    tests = [function for function in functions(path) if function.name.startswith("test_")]
    unsaid = [test.name for test in tests if not (ast.get_docstring(test) or "").endswith(".")]
    assert unsaid == []
    assert [function.name for function in functions(path) if length(function) > LONGEST] == []
