"""Finds deliveries in log lines, exports of a table, and messages of a queue."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

SPOOL = "SPOOL"
_LOGGED = '{"level":'
"""Beginning of a line of Powertools' logger; within a line its quotes would be escaped."""

type DeliveryItem = dict[str, dict[str, Any]]


class FoundDeliveries(NamedTuple):
    """The deliveries in a text, each once, with the numbers of duplicates and unreadable ones."""

    items: list[DeliveryItem]
    repeated: int
    unreadable: int


def find(text: str) -> FoundDeliveries:
    """Find the deliveries in *text*: JSON, or lines with JSON among other text.

    A line with broken JSON counts as unreadable if it mentions the spool.
    """
    items: dict[tuple[str, str], DeliveryItem] = {}
    repeated = unreadable = 0
    for document in _documents(text):
        if isinstance(document, str):
            unreadable += SPOOL in document
            continue
        for item in _deliveries(document):
            if item is None:
                unreadable += 1
                continue
            key = key_of(item)
            repeated += key in items
            items.setdefault(key, item)
    return FoundDeliveries(list(items.values()), repeated, unreadable)


def key_of(item: DeliveryItem) -> tuple[str, str]:
    """Return the two keys of a delivery in the table."""
    return str(item["pk"]["S"]), str(item["sk"]["S"])


def _documents(text: str) -> Iterator[Any]:
    """Yield the text as one JSON value, or each line's value, or the line if it has none."""
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = [_in_line(line) for line in text.splitlines()]
    yield from documents


def _in_line(line: str) -> Any:
    """Return the JSON in a line, after a time or name added by a log tool."""
    begin = line.find("{")
    while begin >= 0:
        with contextlib.suppress(ValueError):
            return json.JSONDecoder().raw_decode(line, begin)[0]
        # A process that died while writing has left half a line before another process's line.
        begin = line.find(_LOGGED, begin + 1)
    return line


def _deliveries(value: Any) -> Iterator[DeliveryItem | None]:
    """Yield the deliveries anywhere in *value*; None for a spooled item without keys."""
    if isinstance(value, Mapping):
        if _is_delivery(value):
            yield dict(value)
        elif value.get("message") == SPOOL:
            item = value.get("item")
            yield dict(item) if isinstance(item, Mapping) and _is_delivery(item) else None
        else:
            for each in value.values():
                yield from _deliveries(each)
    elif isinstance(value, list):
        for each in value:
            yield from _deliveries(each)
    elif isinstance(value, str) and "{" in value:
        yield from _inside(value)


def _inside(text: str) -> Iterator[DeliveryItem | None]:
    """Yield the deliveries in a text that is JSON, such as a message or a log event."""
    document = _in_line(text)
    if isinstance(document, str):
        if SPOOL in document:
            yield None
        return
    yield from _deliveries(document)


def _is_delivery(value: Mapping[str, Any]) -> bool:
    """Whether *value* is an item of the table, in DynamoDB's JSON, that is a delivery."""
    if value.get("item") != {"S": "delivery"}:
        return False
    return all(
        isinstance(value.get(name), Mapping) and isinstance(value[name].get("S"), str)
        for name in ("pk", "sk")
    )
