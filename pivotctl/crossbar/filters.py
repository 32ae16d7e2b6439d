"""Filters of lists by the query: `filter_name=...`, `has_key=...` (`crossbar_filter.erl`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_FILTERS: tuple[tuple[str, Callable[[Any, str], bool]], ...] = (
    ("filter_not_", lambda value, wanted: _text(value) != wanted),
    ("filter_", lambda value, wanted: _text(value) == wanted),
)


def matches(document: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Whether a document passes every filter of a query; names of fields are dotted."""
    return all(_passes(document, name, value) for name, value in query.items())


def _passes(document: Mapping[str, Any], name: str, value: str) -> bool:
    if name == "has_key":
        return _field(document, value) is not None
    if name == "key_missing":
        return _field(document, value) is None
    for prefix, accepted in _FILTERS:
        if name.startswith(prefix):
            return accepted(_field(document, name.removeprefix(prefix)), value)
    return True


def _field(document: Any, path: str) -> Any:
    """Return the value at a dotted path, or None."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
