"""Tables of a TOML file, read key by key. Errors name file, key, value, and fix."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

_NUMBER = re.compile(r"\+[1-9]\d{6,14}|[\d*#]{1,7}")
_NAMES: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    str: "a text in quotes",
}


class KazooFileError(Exception):
    """A file that cannot be applied. The text names file, key, value, and fix."""


def near(name: str, known: Collection[str]) -> str:
    """Return the fix of a name that is not one of *known*."""
    found = get_close_matches(name, known, n=1)
    return f"did you mean {found[0]!r}?" if found else f"use one of {', '.join(known)}"


def wrong(path: str, key: str, value: Any, fix: str) -> KazooFileError:
    """Return the error of a value; None is no value."""
    shown = "" if value is None else f" = {json.dumps(value, default=str, ensure_ascii=False)}"
    return KazooFileError(f"{path}: {key}{shown}: {fix}")


@dataclass(frozen=True)
class TomlTable:
    """A table of the file at *path*; *where* comes before its keys in errors.

    `environment` has the secrets that keys name, or is None if none is needed. Every method raises
    `KazooFileError`.
    """

    path: str
    where: str
    values: Mapping[str, Any]
    environment: Mapping[str, str] | None = None

    def error(self, key: str, fix: str) -> KazooFileError:
        """Return the error of a key's value."""
        return wrong(self.path, f"{self.where}{key}", self.values.get(key), fix)

    def knows(self, *names: str) -> None:
        """Refuse keys that are none of *names*."""
        for key in self.values:
            if key not in names:
                raise self.error(key, near(key, names))

    def value[T](self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return the value of a key, or its default."""
        if key not in self.values and default is not None:
            return default
        value = self.values.get(key)
        if not isinstance(value, kind) or value == "" or (kind is int and isinstance(value, bool)):
            raise self.error(key, f"set it to {_NAMES[kind]}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        return self.value(key, str, default)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a flag."""
        return self.value(key, bool, default=default)

    def number(self, key: str) -> str:
        """Return a number of the telephone network, or an extension."""
        number = self.text(key)
        if not _NUMBER.fullmatch(number):
            fix = "write a number as +14155550123, an extension with 1 to 7 digits, * or #"
            raise self.error(key, fix)
        return number

    def secret(self, key: str) -> str:
        """Return the value of the environment variable that a key names; '' if none is needed."""
        name = self.text(key)
        found = "" if self.environment is None else self.environment.get(name, "")
        if not found and self.environment is not None:
            fix = f"set the environment variable {name} to the secret, not this key"
            raise self.error(key, fix)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, () without the key."""
        found = self.value(key, list, [])
        if not all(isinstance(each, str) and each for each in found):
            raise self.error(key, "use a list of texts in quotes")
        return tuple(found)

    def url(self, key: str = "url") -> str:
        """Return an address without path, '' without the key."""
        url = self.text(key, "").rstrip("/")
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise self.error(key, "use https://HOST, without key and function")
        return url

    def table(self, key: str, example: str) -> TomlTable:
        """Return the table of a key, empty without it."""
        return self._table(self.values.get(key, {}), key, f"{key}.", example)

    def tables(self, key: str, example: str) -> Iterator[TomlTable]:
        """Yield the tables of a list, none without it."""
        for at, value in enumerate(self.value(key, list, []), 1):
            yield self._table(value, f"{key} {at}", f"{key} {at}: ", example)

    def _table(self, value: Any, key: str, where: str, example: str) -> TomlTable:
        if not isinstance(value, dict):
            raise wrong(self.path, key, value, f"write a table, as in\n\n{example}")
        return TomlTable(self.path, where, value, self.environment)
