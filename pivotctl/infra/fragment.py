"""function.yaml: a function's part of template.yaml, beyond its kind and name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pivotctl.declared_settings import (
    DeclaredSettings,
    SettingsClassError,
    declared_settings,
)
from pivotctl.infra.groups import GROUPS
from pivotctl.infra.kinds import CONSOLE, KINDS, PIVOT, FunctionKind
from pivotctl.sam_template import TemplateError, parse, parse_texts
from pivotkit.core.settings import Field

FRAGMENT = "function.yaml"
FUNCTIONS = "functions"
DIRECTORY = "DirectoryTable"
"""The table whose entries belong to accounts, and in which roles are limited to kinds."""

_ENTRY_KIND = re.compile(r"[a-z][a-z0-9_]*")


class FragmentError(TemplateError):
    """A source of template.yaml is wrong. The message has the file, key, value, and fix."""

    def __init__(self, path: Path | str, key: str, fix: str, value: object = None) -> None:
        shown = "" if value is None else repr(value)
        super().__init__(": ".join(part for part in (str(path), key, shown, fix) if part))


@dataclass(frozen=True)
class Fragment:
    """The content of a function.yaml. `path` is the file, below the project's root.

    `settings` are environment variables that its owner changes, `variables` all others. If its code
    `declares` settings in a class, the defaults are there, and `settings` change them. `may` holds
    the allowed operations by logical id, `directory` the kinds of entries that they are allowed on
    in the Directory, `shared` those that all accounts share, `events` the kinds of delivery that a
    worker takes from the bus, and `delivers` those that a function stores by other names than its
    handler's types have. A worker is off while one of the settings that it `needs` is empty, or
    until it is switched on if it is `optional`; `samples` are those settings in a local run, and
    secrets that it has.
    `snap_start` and `provisioned_concurrency` are switches of a function that KAZOO calls: Lambda
    restores its environments from a snapshot, or keeps this number of them running.
    `properties`, `resources` and `outputs` are merged over what is derived.
    """

    path: Path
    description: str
    group: str = ""
    logical_id: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    directory: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    statements: tuple[Mapping[str, Any], ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    delivers: tuple[str, ...] = ()
    queue: str = ""
    stream: str = ""
    schedule: str = ""
    timeout: int = 0
    snap_start: bool = False
    provisioned_concurrency: int = 0
    needs: tuple[str, ...] = ()
    optional: bool = False
    samples: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    declares: DeclaredSettings | None = None

    @classmethod
    def read(cls, root: Path, folder: Path) -> Fragment:
        """The fragment in a function's folder; raises `FragmentError`."""
        path = folder / FRAGMENT
        if not path.is_file():
            fix = "add it, with a description: a folder with app.py is a function"
            raise FragmentError(path.relative_to(root), "", fix)
        made = cls.parse(path.relative_to(root), path.read_text(encoding="utf-8"))
        try:
            declares = declared_settings(folder)
        except SettingsClassError as error:
            raise FragmentError(str(error), "", "") from error
        if declares:
            return made.declaring(declares)
        made.check_samples()
        return made

    @classmethod
    @cache
    def parse(cls, path: Path, text: str) -> Fragment:
        """The fragment that is the text of a file; raises `FragmentError`."""
        return cls(path, **_Reader(path, text).keys())

    def declaring(self, declares: DeclaredSettings) -> Fragment:
        """This fragment, with the defaults of a class under its settings.

        What a worker `needs` may be a setting of the deployment alone, which no class declares.
        Raises `FragmentError` for a setting that the class does not declare, or a value that
        breaks its rule.
        """
        known = {each.field.variable: each.field for each in declares.settings}
        for name, text in self.settings.items():
            fix = _fault(known.get(name), known, text)
            if fix and not (name in self.needs and name not in known):
                raise FragmentError(self.path, f"settings: {name}", fix, text)
        made = replace(self, settings={**declares.variables, **self.settings}, declares=declares)
        made.check_samples()
        return made

    def check_samples(self) -> None:
        """Raise `FragmentError` for a sample of anything but a secret, or a setting it needs."""
        for name in self.samples:
            if name not in (*self.needs, *self.secrets):
                raise FragmentError(self.path, f"samples: {name}", "add it to needs, or remove it")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that its code declares, in capitals."""
        return tuple(map(str.upper, self.declares.secrets)) if self.declares else ()

    @property
    def folder(self) -> Path:
        """The function's folder, below the project's root."""
        return self.path.parent

    @property
    def name(self) -> str:
        """The function's name, that of its folder."""
        return self.folder.name

    @property
    def kind(self) -> FunctionKind:
        """The function's kind."""
        return kind_of(self.path)

    @property
    def stem(self) -> str:
        """The first word of the logical IDs of the function's resources."""
        return self.logical_id or camel_case(self.name)

    @property
    def function_id(self) -> str:
        """The logical id of the function."""
        return f"{self.stem}{self.kind.suffix}"


def _fault(declared: Field | None, known: Mapping[str, Field], text: str) -> str:
    """The fault of a setting in function.yaml; empty if there is none."""
    if declared is None:
        return f"app.py declares no such setting: use {', '.join(known)}"
    if declared.is_secret:
        return "is a secret: remove it, and set it with `pivotctl secret`"
    try:
        if text or not declared.optional:
            declared.read(text)
    except ValueError as error:
        return str(error)
    return ""


def camel_case(name: str) -> str:
    """The logical id that belongs to a folder's name: `SayHello` for `say_hello`."""
    return name.title().replace("_", "")


def kind_of(path: Path) -> FunctionKind:
    """The kind of a function, by the folder of its function.yaml. Raises `FragmentError`."""
    parts = path.parts
    name = parts[1] if len(parts) == len((FUNCTIONS, "kind", "name", FRAGMENT)) else CONSOLE.name
    if name not in KINDS or (name == CONSOLE.name and parts[1] != CONSOLE.name):
        known = ", ".join(f"{FUNCTIONS}/{each}" for each in KINDS)
        raise FragmentError(path, "", f"move it into a folder of one of {known}")
    return KINDS[name]


@dataclass(frozen=True)
class _Reader:
    path: Path
    text: str

    def keys(self) -> dict[str, Any]:
        document = self._document()
        kind = kind_of(self.path)
        self._only_known(document, kind)
        read = {key: _READ[key](self, key, value) for key, value in document.items()}
        if not read.get("description"):
            raise self._error("description", "add one line that begins with a verb")
        if kind is PIVOT and read.get("group") not in GROUPS:
            raise self._error("group", f"choose one of {', '.join(GROUPS)}", read.get("group"))
        self._needs_settings(read)
        self._needs_kinds(read)
        self._starts_warm_in_one_way(read, kind)
        return read

    def _document(self) -> Mapping[str, Any]:
        try:
            document = parse(self.text)
        except yaml.YAMLError as error:
            raise self._error("", f"is not valid YAML: {error}") from error
        if not isinstance(document, Mapping):
            raise self._error("", "write keys and values, such as description: ...")
        return document

    def _only_known(self, document: Mapping[str, Any], kind: FunctionKind) -> None:
        for key in document:
            if key not in _READ:
                raise self._error(key, f"is unknown: use {', '.join(_READ)}")
            known = _OF_WORKERS - (_OF_CONDITIONAL if kind.condition else frozenset())
            if key in known and not kind.triggers:
                raise self._error(key, "is for workers only: remove it")
        found = [key for key in kind.triggers if document.get(key)]
        if len(found) > 1:
            raise self._error(found[1], f"a worker has one of {', '.join(kind.triggers)}")

    def _needs_settings(self, read: Mapping[str, Any]) -> None:
        needs, given = read.get("needs", ()), read.get("settings", {})
        for name in needs:
            if name not in given:
                raise self._error(f"needs: {name}", 'add it to settings ("" turns the worker off)')

    def _needs_kinds(self, read: Mapping[str, Any]) -> None:
        """A function has access to the Directory by kinds, or none at all."""
        named = [key for key in ("directory", "shared") if read.get(key)]
        allowed = DIRECTORY in read.get("may", {})
        if allowed and not named:
            fix = "name the kinds of entries that the function uses, such as [caller_list]"
            raise self._error("directory", fix)
        if named and not allowed:
            raise self._error(named[0], f"add {DIRECTORY} to may, or remove it")

    def _starts_warm_in_one_way(self, read: Mapping[str, Any], kind: FunctionKind) -> None:
        """Lambda refuses both switches on one function, and an alias alone keeps old options."""
        on = [key for key in _WARM_STARTS if read.get(key)]
        if on and not kind.has_url:
            raise self._error(on[0], "is for functions that KAZOO calls: remove it", read[on[0]])
        if len(on) > 1:
            fix = f"Lambda refuses it together with {on[0]}: remove one of them"
            raise self._error(on[1], fix, read[on[1]])
        for key, name in _WARM_STARTS.items():
            if given := read.get("properties", {}).get(name):
                fix = f"use the key {key}, which also publishes a version at each deployment"
                raise self._error(f"properties: {name}", fix, given)

    def kinds(self, key: str, value: Any) -> tuple[str, ...]:
        found = self.texts(key, value)
        for kind in found:
            if not _ENTRY_KIND.fullmatch(kind):
                raise self._error(key, "a kind is lower-case letters, digits, and _", kind)
        return found

    def text_of(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._error(key, "write a text", value)
        return value

    def number(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or value < 1:
            raise self._error(key, "write a number of seconds", value)
        return value

    def count(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._error(key, "write a number of environments, or remove it", value)
        return value

    def switch(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._error(key, "write true or false", value)
        return value

    def mapping(self, key: str, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._error(key, "write keys and values", value)
        return value

    def texts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._error(key, "write a list, such as [first, second]", value)
        return tuple(value)

    def statements(self, key: str, value: Any) -> tuple[Mapping[str, Any], ...]:
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self._error(key, "write a list of statements as IAM has them", value)
        return tuple(value)

    def settings(self, key: str, value: Any) -> Mapping[str, str]:
        """Settings are texts: 020, yes, and 12:30 are read as they are written."""
        for name, given in self.mapping(key, value).items():
            if given is None or isinstance(given, dict | list):
                fix = 'write a text ("" for none); references belong under variables'
                raise self._error(f"{key}: {name}", fix, given)
        written = parse_texts(self.text)[key]
        return {str(name): str(text) for name, text in written.items()}

    def may(self, key: str, value: Any) -> Mapping[str, tuple[str, ...]]:
        given = self.mapping(key, value).items()
        return {name: self.texts(f"{key}: {name}", actions) for name, actions in given}

    def _error(self, key: str, fix: str, value: object = None) -> FragmentError:
        return FragmentError(self.path, key, fix, value)


_READ: Mapping[str, Callable[[_Reader, str, Any], Any]] = {
    "description": _Reader.text_of,
    "group": _Reader.text_of,
    "settings": _Reader.settings,
    "may": _Reader.may,
    "directory": _Reader.kinds,
    "shared": _Reader.kinds,
    "events": _Reader.texts,
    "delivers": _Reader.texts,
    "queue": _Reader.text_of,
    "stream": _Reader.text_of,
    "schedule": _Reader.text_of,
    "timeout": _Reader.number,
    "snap_start": _Reader.switch,
    "provisioned_concurrency": _Reader.count,
    "needs": _Reader.texts,
    "optional": _Reader.switch,
    "samples": _Reader.settings,
    "variables": _Reader.mapping,
    "statements": _Reader.statements,
    "properties": _Reader.mapping,
    "resources": _Reader.mapping,
    "outputs": _Reader.mapping,
    "logical_id": _Reader.text_of,
}
"""The keys of a function.yaml."""

_WARM_STARTS = {
    "snap_start": "SnapStart",
    "provisioned_concurrency": "ProvisionedConcurrencyConfig",
}
"""Keys that make Lambda prepare environments, and SAM's properties for that."""

_OF_WORKERS = frozenset({"events", "queue", "stream", "schedule", "needs", "optional", "samples"})
_OF_CONDITIONAL = frozenset({"needs", "samples"})
"""Keys that kinds with a condition also have; a setting does not turn these off."""


def fragments(root: Path) -> Iterator[Fragment]:
    """Every function of a project, by kind, group and name; raises `FragmentError`."""
    found = (Fragment.read(root, app.parent) for app in (root / FUNCTIONS).rglob("app.py"))
    yield from ordered(found)


def ordered(every: Iterator[Fragment] | list[Fragment]) -> list[Fragment]:
    """Fragments by kind, group and name: the order of template.yaml."""
    kinds, groups = list(KINDS), ["", *GROUPS]
    return sorted(
        every, key=lambda each: (kinds.index(each.kind.name), groups.index(each.group), each.name)
    )
