"""Print figures of the code: how long functions and templates are, and how large the stack is.

A function's length is counted from its `def` on, without its docstring. The number of resources is
that after the SAM transform; CloudFormation allows 500.

    python -m scripts.figures
"""

import ast
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.lint_template import ROOT, read, transformed

type Function = ast.FunctionDef | ast.AsyncFunctionDef

FOLDERS = ("functions/pivot", "functions", "layers/common/pivotkit", "pivotctl")


def functions(path: Path) -> Iterator[Function]:
    """All functions of a module, methods and inner ones included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: Function) -> int:
    """Lines of a function's body, from its `def` on, without its docstring."""
    body = function.body
    start = body[0].end_lineno if ast.get_docstring(function) else function.lineno - 1
    return (function.end_lineno or 0) - (start or 0)


def lengths(*folders: str) -> list[int]:
    """The lengths of all functions in *folders*."""
    paths = sorted({path for folder in folders for path in (ROOT / folder).rglob("*.py")})
    return [length(function) for path in paths for function in functions(path)]


def said(values: Sequence[int]) -> str:
    """Median, 90th percentile and maximum."""
    ninetieth = statistics.quantiles(values, n=10, method="inclusive")[-1]
    return f"median {statistics.median(values):g}, 90th {ninetieth:g}, longest {max(values)}"


def main() -> None:
    """Print the figures."""
    for folders in (*((each,) for each in FOLDERS), ("functions", "layers/common/pivotkit")):
        values = lengths(*folders)
        print(f"lines a function in {' and '.join(folders)}: {said(values)} ({len(values)})")
    apps = sorted((ROOT / "functions/pivot").glob("*/app.py"))
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in apps]
    print(f"lines a template: {said(lines)} ({len(lines)} templates)")
    template = transformed(read(ROOT / "template.yaml"))
    print(f"resources after the SAM transform: {len(template['Resources'])}")


if __name__ == "__main__":
    main()
