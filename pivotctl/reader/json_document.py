"""JSON as KAZOO's parser accepts it (`kz_json:decode/1`), with the line of every value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_WHITESPACE = " \t\r\n"


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
        lines = dict(_lines(self.text))
        while path not in lines and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return lines.get(path, 1)


def parse_json(body: bytes) -> JsonDocument:
    """Return the document. Raises `JsonError` for anything that KAZOO's parser rejects."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError("not UTF-8", body[: error.start].count(b"\n") + 1) from error
    try:
        return JsonDocument(json.loads(text, parse_constant=_refuse), text)
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg} at column {error.colno}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise JsonError(str(error), 1) from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield each path of a valid JSON text, and the line on which its value starts."""
    scan_string = json.decoder.py_scanstring  # type: ignore[attr-defined]
    decoder = json.JSONDecoder()
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
            _, index = decoder.raw_decode(text, index)


def _next(stack: list[tuple[str, int]]) -> tuple[str, list[tuple[str, int]]]:
    parent, position = stack[-1]
    if position < 0:
        return parent, stack
    return f"{parent}[{position + 1}]", [*stack[:-1], (parent, position + 1)]


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1
