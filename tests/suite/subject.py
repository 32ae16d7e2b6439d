"""One template as the checks see it: its folder, and what the rest of the project says of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pivotctl.catalogue import settings
from pivotctl.declared_settings import declared_settings
from pivotctl.infra.fragment import Fragment, FragmentError, camel_case
from pivotctl.project import Function, Project

PIVOT = Path("functions/pivot")


def templates(project: Project) -> list[str]:
    """The names of all templates, those that are declared and those that have a folder only."""
    declared = [each.name for each in project.functions.values() if each.kind == "pivot"]
    folders = sorted(path.name for path in (project.root / PIVOT).iterdir() if any(path.glob("*")))
    return [*declared, *(name for name in folders if name not in declared)]


_NO_TABLE = ("logs:", "ssm:", "bedrock:")
"""Permissions for logs, secrets, and models."""


@dataclass(frozen=True)
class Template:
    """A Pivot template called `name` in `project`."""

    project: Project
    name: str

    @property
    def folder(self) -> Path:
        """The folder with its files."""
        return self.project.root / PIVOT / self.name

    @property
    def tests(self) -> Path:
        """The module of its dialogues."""
        return self.project.root / f"tests/calls/test_{self.name}.py"

    @property
    def events(self) -> dict[str, Path]:
        """Its sample events by name."""
        folder = self.project.root / "events/pivot" / self.name
        return {path.stem: path for path in sorted(folder.glob("*.json"))}

    @property
    def function(self) -> Function | None:
        """The declaration in template.yaml, if there is one."""
        return self.project.functions.get(self.name)

    @cached_property
    def fragment(self) -> Fragment | None:
        """The function.yaml; None for one that cannot be read, which another check reports."""
        try:
            return Fragment.read(self.project.root, self.folder)
        except FragmentError:
            return None

    @property
    def may(self) -> Mapping[str, tuple[str, ...]]:
        """The operations that function.yaml allows, by resource."""
        return self.fragment.may if self.fragment else {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entries that function.yaml names."""
        return self.fragment.directory if self.fragment else ()

    @property
    def shared_kinds(self) -> tuple[str, ...]:
        """The kinds of entries that all accounts share and that function.yaml names."""
        return self.fragment.shared if self.fragment else ()

    @property
    def given_settings(self) -> Mapping[str, str]:
        """The settings of function.yaml."""
        return self.fragment.settings if self.fragment else {}

    @property
    def resource(self) -> Mapping[str, Any]:
        """The function's resource as it stands in template.yaml; empty without one."""
        return self.project.template.resources.get(camel_case(self.name), {})

    @property
    def variables(self) -> Mapping[str, Any]:
        """The function's own environment variables in template.yaml."""
        environment = self.resource.get("Properties", {}).get("Environment", {})
        return environment.get("Variables", {}) or {}

    @property
    def grants(self) -> set[tuple[str, str]]:
        """The permissions of its role for tables: actions and the logical IDs of resources."""
        role = self.project.template.resources.get(f"{camel_case(self.name)}Role", {})
        found: set[tuple[str, str]] = set()
        for policy in role.get("Properties", {}).get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                found |= set(self._allowed(statement))
        return {each for each in found if not each[0].startswith(_NO_TABLE)}

    def _allowed(self, statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The permissions of a statement in a local run, in which options have their defaults."""
        if "Fn::If" in statement:
            condition, then, _ = statement["Fn::If"]
            if self.project.resolver().condition(condition):
                yield from _allowed(then)
        else:
            yield from _allowed(statement)

    def text(self, name: str) -> str:
        """A file of the folder; empty if it is missing."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @property
    def app(self) -> str:
        """The code."""
        return self.text("app.py")

    @property
    def readme(self) -> str:
        """The description."""
        return self.text("README.md")

    @cached_property
    def tree(self) -> ast.Module:
        """The code, parsed."""
        return ast.parse(self.app)

    @property
    def is_stateful(self) -> bool:
        """Whether it uses a table."""
        return bool({"CALL_STATE_TABLE", "DIRECTORY_TABLE"} & self.variables.keys())

    @property
    def read_settings(self) -> dict[str, str]:
        """The settings that the code reads, and their defaults."""
        declared = declared_settings(self.folder)
        secrets = dict.fromkeys(map(str.upper, declared.secrets if declared else ()), "")
        return {**dict(_settings(self.tree)), **(declared.variables if declared else {}), **secrets}

    @property
    def told_settings(self) -> dict[str, str]:
        """The settings that the README lists, and their defaults."""
        _, _, section = self.readme.partition("\n## Settings\n")
        return {row["name"]: row["default"] for row in settings(section.partition("\n## ")[0])}


def _allowed(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    actions, resources = _list(statement["Action"]), _list(statement["Resource"])
    for action in actions:
        for resource in resources:
            names = resource.get("Fn::GetAtt", ["?"]) if isinstance(resource, dict) else [resource]
            yield action, str(names[0])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


READERS = {"setting", "Upstream"}
"""Functions that read a setting: their first two arguments are the name and the default."""


def _settings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            if node.func.id in READERS and names and isinstance(names[0], str):
                yield names[0], str(names[1]) if len(names) > 1 else ""
