"""Imports between modules and folders, read from the code without running it."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path


def imports(path: Path) -> Iterator[str]:
    """Every module that *path* imports, at any level."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level


def packages(path: Path) -> set[str]:
    """The packages that *path* imports, other than the standard library's."""
    return {name.partition(".")[0] for name in imports(path)} - sys.stdlib_module_names


def arrows(package: Path) -> dict[str, set[str]]:
    """Each module of *package*, with the other modules of it that it imports.

    Imports for type checkers count: code that names another module's classes depends on it.
    """
    files = {dotted(path, package.parent): path for path in sorted(package.rglob("*.py"))}
    return {name: targets(path, files.keys() - {name}) for name, path in files.items()}


def dotted(path: Path, root: Path) -> str:
    """The name under which *path* is imported."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def targets(path: Path, known: set[str]) -> set[str]:
    """The *known* modules that *path* imports; a package counts when a name of its own is taken."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole if whole <= known else {*whole, str(node.module)}
    return found & known


def folded(modules: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows between the top-level folders and files of a package."""
    found: dict[str, set[str]] = {}
    for name, imported in modules.items():
        near = {top(each) for each in imported} - {top(name)}
        found.setdefault(top(name), set()).update(near)
    return found


def top(name: str) -> str:
    """The top-level folder or file of a module: `pivotctl.switch` of `pivotctl.switch.world`."""
    return ".".join(name.split(".")[:2])


def reached(start: set[str], graph: Mapping[str, set[str]]) -> set[str]:
    """All modules that those of *start* import, directly or not, and *start* itself."""
    found: set[str] = set()
    ahead = set(start)
    while ahead:
        found |= ahead
        ahead = {target for name in ahead for target in graph[name]} - found
    return found
