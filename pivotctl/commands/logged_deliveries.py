"""Finds deliveries in whatever holds them: log lines, exports of a table, messages of a queue."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

SPOOL = "SPOOL"
_LOGGED = '{"level":'
"""How a line of Powertools' logger begins; inside of one the quotes are escaped."""

type DeliveryItem = dict[str, dict[str, Any]]


class FoundDeliveries(NamedTuple):
    """The deliveries in a text, each once, and how many places hold one that cannot be read."""

    items: list[DeliveryItem]
    repeated: int
    unreadable: int


def find(text: str) -> FoundDeliveries:
    """The deliveries in *text*: JSON, or lines with JSON in them, amid anything else.

    A line whose JSON is broken counts as unreadable when it speaks of the spool.
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
    """What tells deliveries apart: the two keys of the table."""
    return str(item["pk"]["S"]), str(item["sk"]["S"])


def _documents(text: str) -> Iterator[Any]:
    """The whole text as JSON, or what each line holds: a value, or the line when it is none."""
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = [_in_line(line) for line in text.splitlines()]
    yield from documents


def _in_line(line: str) -> Any:
    """The JSON in a line, behind a time or a name that a log tool has put before it."""
    begin = line.find("{")
    while begin >= 0:
        with contextlib.suppress(ValueError):
            return json.JSONDecoder().raw_decode(line, begin)[0]
        # A process that died while it wrote has left half a line before another one's.
        begin = line.find(_LOGGED, begin + 1)
    return line


def _deliveries(value: Any) -> Iterator[DeliveryItem | None]:
    """The deliveries anywhere in *value*; None for a spooled item that lacks its keys."""
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
    """The deliveries in a text that is JSON itself, as a queue's message or a log event is."""
    document = _in_line(text)
    if isinstance(document, str):
        if SPOOL in document:
            yield None
        return
    yield from _deliveries(document)


def _is_delivery(value: Mapping[str, Any]) -> bool:
    """Whether it is an item of the table, as DynamoDB writes it, that keeps a delivery."""
    if value.get("item") != {"S": "delivery"}:
        return False
    return all(
        isinstance(value.get(name), Mapping) and isinstance(value[name].get("S"), str)
        for name in ("pk", "sk")
    )
