"""Checks of a function's code: app.py and the modules beside it, whatever its kind."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple, Protocol

type CodeCheck = Callable[[HasFolder], list[str]]


class HasFolder(Protocol):
    """A function of any kind."""

    @property
    def folder(self) -> Path:
        """The folder of its code."""


class Coded(NamedTuple):
    """A function that is nothing but its code."""

    folder: Path


AUTHENTICATING = frozenset({"webhooks", "cdr"})
"""Kinds of functions that learn the account from the key of a request."""

MOST_LINES = 25
DECLARED = {
    "aws_lambda_powertools", "boto3", "botocore", "icalendar", "phonenumbers",
    "standardwebhooks", "urllib3",
}  # fmt: skip
"""The packages of the layer and of Lambda's runtime."""

AWS_WORDS = re.compile(
    r"boto|dynamodb|lambda_|statusCode|event\[|context\b|requestContext|\bsqs\b", re.IGNORECASE
)


def app_is_plain(function: HasFolder) -> list[str]:
    """app.py begins with a docstring of one sentence, and has no AWS words."""
    text = _text(function.folder)
    sentence = ast.get_docstring(ast.parse(text)) or ""
    found = []
    if word := AWS_WORDS.search(text):
        found.append(f"app.py says {word[0]!r}: leave AWS to the layer")
    if "\n" in sentence or not sentence.endswith("."):
        found.append("app.py: begin it with one sentence that says what it does")
    return found


def functions_are_short(function: HasFolder) -> list[str]:
    """No function in app.py, above all the handler, is longer than 25 lines."""
    nodes = [
        node
        for node in ast.walk(ast.parse(_text(function.folder)))
        if isinstance(node, ast.FunctionDef)
    ]
    return [
        f"app.py: {node.name} has {lines} lines, at most {MOST_LINES} are allowed: "
        "move steps into functions, or into a module beside app.py"
        for node in nodes
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    ]


def assignments_are_single(function: HasFolder) -> list[str]:
    """app.py assigns one value a line."""
    return [
        f"app.py, line {node.lineno}: give each name a line of its own"
        for node in ast.walk(ast.parse(_text(function.folder)))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        if isinstance(node.targets[0], ast.Tuple)
    ]


def imports_are_allowed(function: HasFolder) -> list[str]:
    """app.py imports pivotkit, the standard library, and modules beside it, and no other template.

    The modules beside it may also import the packages that the layer declares.
    """
    modules = sorted(function.folder.glob("*.py"))
    allowed = sys.stdlib_module_names | {"pivotkit"} | {path.stem for path in modules}
    return [
        f"{path.name} imports {name}: use what pivotkit offers, or add it there"
        for path in modules
        for name in sorted(set(_packages(path)) - allowed)
        if path.stem == "app" or name not in DECLARED
    ]


def helpers_hide_nothing(function: HasFolder) -> list[str]:
    """No module beside app.py has the name of a module that others import."""
    return [
        f"{path.name} hides the package {path.stem}: give it another name"
        for path in sorted(function.folder.glob("*.py"))
        if path.stem in _importable()
    ]


@cache
def _importable() -> frozenset[str]:
    """The names of the standard library's modules, and of all packages that are installed."""
    return sys.stdlib_module_names | packages_distributions().keys()


def accounts_are_given(function: HasFolder) -> list[str]:
    """No module names an account: it is that of the call, the delivery, or a worker's settings."""
    if function.folder.parent.name in AUTHENTICATING:
        return []
    return [
        f"{path.name}, line {node.lineno}: {ast.unparse(node)} names an account: pass the call, "
        "the delivery, or what the settings name"
        for path in sorted(function.folder.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _names_an_account(node)
    ]


def _names_an_account(node: ast.Call) -> bool:
    """Whether a call makes an account, or puts another one in place of that of a call."""
    name = ast.unparse(node.func).rpartition(".")[2]
    if name in ("_replace", "replace", "__replace__", "SimpleNamespace"):
        return "account_id" in {each.arg for each in node.keywords}
    return name in ("Account", "Entries", "SharedEntries", "AccountAttempts")


def _text(folder: Path) -> str:
    path = folder / "app.py"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _packages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "").partition(".")[0]


CHECKS: tuple[CodeCheck, ...] = (
    app_is_plain,
    functions_are_short,
    assignments_are_single,
    imports_are_allowed,
    helpers_hide_nothing,
    accounts_are_given,
)
