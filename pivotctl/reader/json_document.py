"""JSON as KAZOO's parser accepts it (`kz_json:decode/1`), with the line of every value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WHITESPACE = " \t\r\n"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_DIGITS = 4000
"""Digits that are read of an integer; more make no difference to KAZOO's limits."""


class JsonError(Exception):
    """The text is not JSON; `line` from 1."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True)
class JsonDocument:
    """A JSON value and its text, in which lines are looked up only for problems."""

    value: Any
    text: str

    def line(self, path: str) -> int:
        """Return the line of the value at `path` (`children._.data.text`), or of its parent."""
        return self.lines([path])[path]

    def lines(self, paths: Iterable[str]) -> Mapping[str, int]:
        """Return the line of each path, or of its parent if there is no such value."""
        ways = {path: list(_upwards(path)) for path in paths}
        wanted = {each for way in ways.values() for each in way}
        found: dict[str, int] = {}
        for path, line in _lines(self.text):
            if path in wanted:
                found.setdefault(path, line)
        return {
            path: next((found[each] for each in way if each in found), 1)
            for path, way in ways.items()
        }


def _upwards(path: str) -> Iterator[str]:
    """Yield a path, its parent, the parent of that, and so on."""
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    yield ""


def parse_json(body: bytes) -> JsonDocument:
    """Return the document. Raises `JsonError` for anything that KAZOO's parser rejects.

    The first of several equal keys counts. Half a surrogate pair and a number too large for a float
    are rejected.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError("not UTF-8", body[: error.start].count(b"\n") + 1) from error
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg} at column {error.colno}", error.lineno) from error
    except RecursionError as error:
        raise JsonError("nested too deeply to be read here", 1) from error
    except ValueError as error:
        raise JsonError(str(error), 1) from error
    _refuse_surrogates(text)
    return JsonDocument(value, text)


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object in which the first of several equal keys counts, as in KAZOO's lists."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _integer(text: str) -> int:
    return int(text[:_MOST_DIGITS])


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text} is too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_first, parse_constant=_refuse, parse_int=_integer, parse_float=_float
)


def _refuse_surrogates(text: str) -> None:
    """Refuse strings with half a surrogate pair. Raises `JsonError`."""
    for found in _STRING.finditer(text):
        if "\\u" in found[0] and _SURROGATE.search(json.loads(found[0])):
            raise JsonError("a string has half a surrogate pair", _line(text, found.start()))


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield each path of a valid JSON text, and the line on which its value starts."""
    scan_string = json.decoder.py_scanstring  # type: ignore[attr-defined]
    stack: list[tuple[str, int]] = []
    index, path = 0, ""
    while index < len(text):
        character = text[index]
        if character in _WHITESPACE + ":":
            index += 1
        elif character in "{[":
            yield path, _line(text, index)
            stack.append((path, 0 if character == "[" else -1))
            path = f"{path}[0]" if character == "[" else path
            index += 1
        elif character in "}]":
            path, _ = stack.pop()
            index += 1
        elif character == ",":
            path, stack = _next(stack)
            index += 1
        elif character == '"' and stack and stack[-1][1] == -1 and path == stack[-1][0]:
            key, index = scan_string(text, index + 1)
            path = f"{path}.{key}" if path else key
        else:
            yield path, _line(text, index)
            _, index = _DECODER.raw_decode(text, index)


def _next(stack: list[tuple[str, int]]) -> tuple[str, list[tuple[str, int]]]:
    parent, position = stack[-1]
    if position < 0:
        return parent, stack
    return f"{parent}[{position + 1}]", [*stack[:-1], (parent, position + 1)]


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1
