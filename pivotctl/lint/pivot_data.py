"""Warnings about the data of pivot actions: what KAZOO ignores, and names that clash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from pivotctl.lint.parameter_names import query_warnings
from pivotctl.problems import Mode, Problem
from pivotctl.reader.flows import actions
from pivotctl.reader.json_document import JsonDocument

_KNOWN = (
    "voice_url",
    "method",
    "req_format",
    "req_body_format",
    "req_timeout_ms",
    "cdr_url",
    "debug",
    "skip_module",
)
_HEADERS = "custom_request_headers"
_ONLY_IN_KAZOO_5 = (_HEADERS, "serverless")
_MILLISECONDS = "Write req_timeout_ms, in milliseconds, at most 5000."


def pivot_warnings(document: JsonDocument, mode: Mode) -> tuple[Problem, ...]:
    """Return the warnings about every pivot action of a flow, with their lines."""
    found = [
        warning
        for action, path in actions(document.value)
        if isinstance(action, dict) and action.get("module") == "pivot"
        for warning in _warnings(action.get("data"), f"{path}.data" if path else "data", mode)
    ]
    lines = document.lines(warning.path for warning in found)
    return tuple(replace(warning, line=lines[warning.path]) for warning in found)


def _warnings(data: Any, path: str, mode: Mode) -> Iterator[Problem]:
    if not isinstance(data, dict):
        return
    for name in data:
        if name in _ONLY_IN_KAZOO_5 and mode is Mode.K50:
            yield _only_in_kazoo_5(name, path)
        elif name not in (*_KNOWN, *_ONLY_IN_KAZOO_5):
            yield _unknown(name, path, mode)
    url, method = data.get("voice_url"), data.get("method", "get")
    if isinstance(url, str) and isinstance(method, str):
        yield from query_warnings(url, f"{path}.voice_url", method)
    headers = data.get(_HEADERS)
    if isinstance(headers, dict) and mode is Mode.K5:
        yield from _header_warnings(headers, f"{path}.{_HEADERS}")


def _unknown(name: str, path: str, mode: Mode) -> Problem:
    rule = f"WARNING: {name} is no parameter of pivot, and KAZOO ignores it"
    if name == "req_timeout":
        return Problem(f"{path}.{name}", rule, _MILLISECONDS)
    known = (*_KNOWN, *_ONLY_IN_KAZOO_5) if mode is Mode.K5 else _KNOWN
    near = get_close_matches(name.lower(), known, n=1)
    fix = f"Did you mean {near[0]}?" if near else "Remove it."
    return Problem(f"{path}.{name}", rule, fix)


def _only_in_kazoo_5(name: str, path: str) -> Problem:
    rule = f"WARNING: only KAZOO 5 has {name}; KAZOO master ignores it"
    return Problem(f"{path}.{name}", rule, "Remove it, or check with --mode k5.")


def _header_warnings(headers: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for name in headers:
        if not name.lower().startswith("x-"):
            rule = f"WARNING: KAZOO 5 sends only headers whose names begin with X-, not {name}"
            yield Problem(f"{path}.{name}", rule, f"Name it X-{name}.")
