"""Loads functions and the modules beside them, as Lambda does, but into this process.

On Lambda a function's folder is the first place on the path, so `app.py` says `from rules import
Rules` for the `rules.py` beside it. Here the modules of all functions share one process and are
called `functions.workers.cdr_alarms.rules`; this module makes both names mean the same module.
"""

import ast
import functools
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from pivotkit.services.upstream import _upstream_at

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "functions"


def load(path: str | Path) -> Any:
    """A fresh `handler` of the function in *path*; its environment is read now.

    *path* is absolute, for functions of another project, or relative to functions/. No service is
    known to be down.
    """
    _upstream_at.cache_clear()
    return _executed(FUNCTIONS / path / "app.py").handler


def siblings(file: Path) -> list[str]:
    """The modules beside *file* that it imports."""
    return _siblings(file, file.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=1000)
def _siblings(file: Path, text: str) -> list[str]:
    tree = ast.parse(text)
    names = (node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    plain = (
        each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names
    )
    return sorted(
        {name for name in (*names, *plain) if name and (file.parent / f"{name}.py").is_file()}
    )


class _Loader(SourceFileLoader):
    """Executes a function's module while its siblings have the names they have on Lambda."""

    def exec_module(self, module: ModuleType) -> None:
        file = Path(self.path)
        with _named({name: _sibling(file.with_name(f"{name}.py")) for name in siblings(file)}):
            super().exec_module(module)


def _sibling(file: Path) -> ModuleType:
    """A module beside another; of this project, always the same one."""
    if FUNCTIONS in file.parents:
        return importlib.import_module(_name(file))
    return _executed(file)


def _executed(file: Path) -> ModuleType:
    """A fresh module of *file*."""
    name = _name(file)
    spec = importlib.util.spec_from_loader(name, _Loader(name, str(file)))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _name(file: Path) -> str:
    """The name of a module in this process: `functions.pivot.menu.app`."""
    folders = [*file.with_suffix("").parts]
    return ".".join(folders[-1 - folders[::-1].index("functions") :])


@contextmanager
def _named(modules: dict[str, ModuleType]) -> Iterator[None]:
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


class _Finder(MetaPathFinder):
    """Finds `functions.<kind>.<name>.<module>` for tests that import a function's module."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, with a loader that knows its siblings."""
        if not fullname.startswith("functions."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.origin and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.origin)
        return spec


def install() -> None:
    """Make `functions.<kind>.<name>.<module>` importable, siblings and all."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
