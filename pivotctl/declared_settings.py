"""The class of settings in a function's app.py, read without running the function.

A function needs Lambda's environment to be imported, so its class is read from the code: names,
types, defaults, and the text below each field. Types come from the layer, and are imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from pivotctl.sam_template import TemplateError
from pivotkit.core.settings import Field, field

_PLAIN: Mapping[str, Any] = {"str": str, "int": int, "bool": bool, "Literal": Literal}
_LAYER = "pivotkit"
_FIX = {
    "type": "use str, int, bool, Literal[...], or a type that app.py imports from pivotkit",
    "default": "write a value of its type, such as UserId('...') or 20",
    "class": "declare it in app.py, as a NamedTuple",
}


class SettingsClassError(TemplateError):
    """A class of settings that cannot be read. The message has the file, line, and fix."""

    def __init__(self, path: Path, node: ast.AST | None, name: str, fix: str) -> None:
        line = getattr(node, "lineno", 0)
        super().__init__(f"{path}{f':{line}' if line else ''}: {name}: {fix}")


@dataclass(frozen=True)
class DeclaredSetting:
    """A setting: its field, and its meaning."""

    field: Field
    meaning: str

    @property
    def default(self) -> str:
        """The default, as a text."""
        return "" if self.field.is_secret else self.field.text(self.field.default)

    def as_json(self) -> dict[str, Any]:
        """The setting for forms and other programs: default and values are texts."""
        own = self.field
        return {
            "name": own.name,
            "variable": None if own.is_secret else own.variable,
            "type": own.label,
            "optional": own.optional,
            "secret": own.is_secret,
            "choices": list(own.choices) or None,
            "default": None if own.is_secret else self.default,
            "rule": own.rule,
            "meaning": self.meaning,
        }


@dataclass(frozen=True)
class DeclaredSettings:
    """All settings of a function. `by_number` if a dialed number may have its own."""

    purpose: str
    settings: tuple[DeclaredSetting, ...]
    by_number: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables, with the defaults; secrets have none."""
        return {
            each.field.variable: each.default for each in self.settings if not each.field.is_secret
        }

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets."""
        return tuple(each.field.name for each in self.settings if each.field.is_secret)

    @property
    def fields(self) -> dict[str, Field]:
        """The fields by name."""
        return {each.field.name: each.field for each in self.settings}


def declared_settings(folder: Path) -> DeclaredSettings | None:
    """The settings that a function's app.py declares; `None` without a class.

    Raises `SettingsClassError`.
    """
    path = folder / "app.py"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return _declared(path, text) if "settings=" in text else None


@lru_cache(512)
def _declared(path: Path, text: str) -> DeclaredSettings | None:
    try:
        return _Reader(path, ast.parse(text)).settings()
    except SyntaxError:
        return None  # reported where the function is run


@dataclass(frozen=True)
class _Reader:
    path: Path
    tree: ast.Module

    def settings(self) -> DeclaredSettings | None:
        found = next(self._decorators(), None)
        if found is None:
            return None
        given, by_number = found
        name = given.id if isinstance(given, ast.Name) else ast.unparse(given)
        class_ = self._class(given, name)
        purpose = (ast.get_docstring(class_) or "").partition("\n")[0]
        return DeclaredSettings(purpose, tuple(self._each(class_)), by_number)

    def _decorators(self) -> Iterator[tuple[ast.expr, bool]]:
        """The class that a decorator has as `settings=`, and whether it has `by_number=True`."""
        for node in self.tree.body:
            for mark in getattr(node, "decorator_list", ()):
                given = {each.arg: each.value for each in getattr(mark, "keywords", ())}
                if "settings" in given:
                    yield given["settings"], ast.unparse(given.get("by_number", mark)) == "True"

    def _class(self, node: ast.AST, name: str) -> ast.ClassDef:
        for each in self.tree.body:
            if isinstance(each, ast.ClassDef) and each.name == name:
                if any(ast.unparse(base).endswith("NamedTuple") for base in each.bases):
                    return each
                raise self._error(each, name, _FIX["class"])
        raise self._error(node, name, _FIX["class"])

    def _each(self, class_: ast.ClassDef) -> Iterator[DeclaredSetting]:
        body = class_.body
        for node, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield DeclaredSetting(self._field(class_.name, node), _meaning(after))

    def _field(self, owner: str, node: ast.AnnAssign) -> Field:
        name = node.target.id if isinstance(node.target, ast.Name) else "?"
        where = f"{owner}.{name}"
        if node.value is None:
            raise self._error(node, where, "has no default: " + _FIX["default"])
        declared = self._type(node.annotation, where)
        try:
            made = field(where, name, declared, self._value(node.value, where))
        except (TypeError, ValueError) as error:
            raise self._error(node, where, str(error)) from error
        if not made.is_secret and made.default is not None:
            self._check(node, where, made)
        return made

    def _check(self, node: ast.AST, where: str, made: Field) -> None:
        """Refuse a default that the type would not read from an environment."""
        text = made.text(made.default)
        if made.kind is str and not made.choices:
            return
        try:
            made.read(text)
        except ValueError as error:
            raise self._error(node, where, f"the default is {text!r}: {error}") from error

    def _type(self, node: ast.expr, where: str) -> Any:
        if isinstance(node, ast.Constant) and node.value is None:
            return None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._type(node.left, where) | self._type(node.right, where)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            words = ast.literal_eval(node.slice)
            return Literal[words]
        if isinstance(node, ast.Name):
            return self._named(node, where)
        raise self._error(node, where, f"has the type {ast.unparse(node)}: {_FIX['type']}")

    def _named(self, node: ast.Name, where: str) -> Any:
        if node.id in _PLAIN:
            return _PLAIN[node.id]
        module, name = self._imported.get(node.id, ("", node.id))
        if module.partition(".")[0] != _LAYER:
            raise self._error(node, where, f"has the type {node.id}: {_FIX['type']}")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise self._error(node, where, f"{module} has no {name}") from error

    @property
    def _imported(self) -> dict[str, tuple[str, str]]:
        """Module and name there of each imported name."""
        return {
            alias.asname or alias.name: (node.module, alias.name)
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    def _value(self, node: ast.expr, where: str) -> Any:
        """A literal, or a type called with one."""
        try:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                return self._named(node.func, where)(*map(ast.literal_eval, node.args))
            return ast.literal_eval(node)
        except (ValueError, TypeError) as error:
            fix = f"has the default {ast.unparse(node)}: {error}; {_FIX['default']}"
            raise self._error(node, where, fix) from error

    def _error(self, node: ast.AST, name: str, fix: str) -> SettingsClassError:
        return SettingsClassError(self.path, node, name, fix)


def _meaning(node: ast.stmt | None) -> str:
    """The text below a field, in one line."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        return ""
    return " ".join(str(node.value.value).split())
