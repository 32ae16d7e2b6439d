"""`kazoo.toml`: the numbers and webhooks that a project wants of an account."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ALL = "all"
FILE_NAME, PROJECT_NAME = "kazoo.toml", "pivot-functions"
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|[\d*#]{1,7}")
_NAMES: Mapping[type, str] = {bool: "true or false", list: "a list", str: "a text in quotes"}
_EXAMPLE = '[[numbers]]\nnumber = "6001"\nfunction = "say_hello"'


class KazooFileError(Exception):
    """A file that cannot be applied. The text names file, key, value, and fix."""


@dataclass(frozen=True)
class NumberRoute:
    """A number or extension, and the function that answers it.

    *url* replaces the address of the stack, without its path. With *cdr_url*, the pivot action
    names the function `cdr_url` as well.
    """

    number: str
    function: str
    url: str = ""
    cdr_url: bool = False


@dataclass(frozen=True)
class KazooFile:
    """The wishes of a file. Its *name* marks the documents made, and so tells two projects apart.

    `receivers` are functions, or `("all",)`; `webhooks_url` replaces the stack's address for them.
    """

    path: str
    name: str = PROJECT_NAME
    routes: tuple[NumberRoute, ...] = ()
    receivers: tuple[str, ...] = ()
    include_subaccounts: bool = False
    webhooks_url: str = ""

    def wrong(self, key: str, value: Any, fix: str) -> KazooFileError:
        """Return the error of a value."""
        return _wrong(self.path, key, value, fix)


def read_file(path: Path) -> KazooFile:
    """Return what the file at *path* wants. Raises `KazooFileError`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KazooFileError(f"There is no {path}: write one, as in\n\n{_EXAMPLE}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise KazooFileError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise KazooFileError(f"{path} is no TOML: {error}. Fix that line.") from error
    return _Reader(str(path)).file(table)


def near(name: str, known: Collection[str]) -> str:
    """Return the fix of a name that is not one of *known*."""
    found = get_close_matches(name, known, n=1)
    return f"did you mean {found[0]!r}?" if found else f"use one of {', '.join(known)}"


def _wrong(path: str, key: str, value: Any, fix: str) -> KazooFileError:
    shown = "" if value is None else f" = {json.dumps(value, default=str, ensure_ascii=False)}"
    return KazooFileError(f"{path}: {key}{shown}: {fix}")


@dataclass(frozen=True)
class _Reader:
    """Reads the tables of one file."""

    path: str

    def file(self, table: Mapping[str, Any]) -> KazooFile:
        self._known(table, "", ("name", "numbers", "webhooks"))
        hooks = self._table(table.get("webhooks", {}), "webhooks")
        self._known(hooks, "webhooks.", ("receivers", "include_subaccounts", "url"))
        return KazooFile(
            self.path,
            self._value(table, "", "name", str, PROJECT_NAME),
            tuple(self._routes(self._value(table, "", "numbers", list, []))),
            self._receivers(hooks.get("receivers", [])),
            self._value(hooks, "webhooks.", "include_subaccounts", bool, default=False),
            self._url(hooks, "webhooks."),
        )

    def _routes(self, rows: list[Any]) -> Iterator[NumberRoute]:
        taken: set[str] = set()
        for at, row in enumerate(rows, 1):
            route = self._route(self._table(row, f"numbers {at}"), f"numbers {at}: ")
            if route.number in taken:
                raise _wrong(self.path, f"numbers {at}", route.number, "remove it here or above")
            taken.add(route.number)
            yield route

    def _route(self, row: Mapping[str, Any], where: str) -> NumberRoute:
        self._known(row, where, ("number", "extension", "function", "url", "cdr_url"))
        if ("number" in row) == ("extension" in row):
            raise _wrong(self.path, f"{where}number", None, "name either a number or an extension")
        key = "number" if "number" in row else "extension"
        return NumberRoute(
            self._number(row, where, key),
            self._value(row, where, "function", str),
            self._url(row, where),
            self._value(row, where, "cdr_url", bool, default=False),
        )

    def _number(self, row: Mapping[str, Any], where: str, key: str) -> str:
        number = self._value(row, where, key, str)
        if not _NUMBER.fullmatch(number):
            fix = "write a number as +14155550123, an extension with 1 to 7 digits, * or #"
            raise _wrong(self.path, f"{where}{key}", number, fix)
        return number

    def _url(self, row: Mapping[str, Any], where: str) -> str:
        url = self._value(row, where, "url", str, "").rstrip("/")
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise _wrong(
                self.path, f"{where}url", url, "use https://HOST, without key and function"
            )
        return url

    def _receivers(self, value: Any) -> tuple[str, ...]:
        if value == ALL:
            return (ALL,)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            fix = 'use "all", or a list of functions as ["channel_events"]'
            raise _wrong(self.path, "webhooks.receivers", value, fix)
        return tuple(dict.fromkeys(value))

    def _table(self, value: Any, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(self.path, key, value, f"write a table, as in\n\n{_EXAMPLE}")
        return value

    def _value[T](
        self, row: Mapping[str, Any], where: str, key: str, kind: type[T], default: T | None = None
    ) -> T:
        """The value of a key. Raises `KazooFileError` for a wrong type, or a missing key."""
        if key not in row and default is not None:
            return default
        value = row.get(key)
        if not isinstance(value, kind) or value == "":
            raise _wrong(self.path, f"{where}{key}", value, f"set it to {_NAMES[kind]}")
        return value

    def _known(self, row: Mapping[str, Any], where: str, names: tuple[str, ...]) -> None:
        for key in row:
            if key not in names:
                raise _wrong(self.path, f"{where}{key}", row[key], near(key, names))
