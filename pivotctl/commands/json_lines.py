"""One JSON object a line in, one out: for programs that send many questions to one process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

type LineWork = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class LineError(Exception):
    """An invalid line; the text names the field and the fix."""


def each_line(lines: Iterable[bytes], work: LineWork) -> int:
    """Print the result of `work` for every line; for a bad line, its number and the error.

    Empty lines are skipped. Returns the number of bad lines.
    """
    bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            result = work(_object(line))
        except (LineError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            result = {"line": number, "error": "nested too deeply" if deep else str(error)}
            bad += 1
        click.echo(json.dumps(result, ensure_ascii=True))
    return bad


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not JSON: {error}; write one object a line") from error
    if not isinstance(value, dict):
        raise LineError("not a JSON object; write one object a line")
    return value


def text_of(line: Mapping[str, Any], name: str, default: str = "") -> str:
    """Return a field that is text, or the default if missing or null. Raises `LineError`."""
    value = line.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise LineError(f"{name} is {value!r}; write text")
    return value
