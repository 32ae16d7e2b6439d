"""Who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pivotctl.reader
import pivotctl.switch

_JUDGES = [
    pytest.param(path, id=f"{path.parent.name}/{path.name}")
    for package in (pivotctl.switch, pivotctl.reader)
    for path in sorted(Path(package.__path__[0]).glob("*.py"))
]


@pytest.mark.parametrize("path", _JUDGES)
def test_the_judge_does_not_know_the_judged(path: Path) -> None:
    """Switch and reader import nothing of the layer, nor of the functions, whose work they read."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert not {name.partition(".")[0] for name in names} & {"pivotkit", "functions"}
