"""Finds deliveries in log lines, exports of a table, and messages of a queue."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from pivotctl.commands.exported_logs import LogText, unpacked

SPOOL = "SPOOL"
_LOGGED = '{"level":'
"""Beginning of a line of Powertools' logger; within a line its quotes would be escaped."""

_START = re.compile(r'"?\{(?=\s*+["}\\])')
_MENTION = re.compile(r'"SPOOL\\*"')
_ITEM_FOLLOWS = re.compile(r'\s*,\s*"item"\s*:\s*')
_CSV_FIELD = re.compile(r'(?:(?<=[,;\t\n])|\A)"((?:[^"]|"")*+)"')
_DOUBLED = re.compile(r'\{\s*""')
_PACKED = "H4sI"
"""Beginning of a gzip file in Base64, as log subscriptions send it."""

_LONGEST_LINES = 1 << 20
_DECODER = json.JSONDecoder()

type DeliveryItem = dict[str, dict[str, Any]]
type Found = tuple[int, DeliveryItem | None]
"""The position of a delivery in a text, and the delivery; None if it cannot be read."""


@dataclass
class FoundDeliveries:
    """Deliveries, each once, the number of duplicates, and the places that cannot be read."""

    repeated: int = 0
    unread: list[str] = field(default_factory=list)
    _by_key: dict[tuple[str, str], DeliveryItem] = field(default_factory=dict)

    @property
    def items(self) -> list[DeliveryItem]:
        """The deliveries, in the order of the logs."""
        return list(self._by_key.values())

    @property
    def unreadable(self) -> int:
        """The number of places that cannot be read."""
        return len(self.unread)

    def add(self, log: LogText) -> None:
        """Find the deliveries in *log*."""
        text = _without_csv(log.text)
        line, counted = 1, 0
        for at, item in _scan(text):
            line, counted = line + text.count("\n", counted, at), at
            if item is None:
                self.unread.append(f"{log.name}, line {line}: a SPOOL line that is not whole")
                continue
            key = key_of(item)
            self.repeated += key in self._by_key
            self._by_key.setdefault(key, item)
        if log.fault:
            self.unread.append(f"{log.name}: {log.fault}")


def find(text: str) -> FoundDeliveries:
    """Find the deliveries in *text*: JSON of any shape, alone or among other text.

    A SPOOL line without a whole delivery counts as unreadable, unless another process wrote on
    behind it: its own process died before it acknowledged the delivery.
    """
    return find_in([LogText("log", text)])


def find_in(logs: Iterable[LogText]) -> FoundDeliveries:
    """Find the deliveries in several logs."""
    found = FoundDeliveries()
    for log in logs:
        found.add(log)
    return found


def key_of(item: DeliveryItem) -> tuple[str, str]:
    """Return the two keys of a delivery in the table."""
    return str(item["pk"]["S"]), str(item["sk"]["S"])


def _without_csv(text: str) -> str:
    """Return *text* with the fields of CSV that hold JSON unquoted, on the same lines."""
    if not _DOUBLED.search(text):
        return text

    def unquoted(field_: re.Match[str]) -> str:
        whole, inner = field_[0], field_[1]
        return f" {inner.replace('""', '"')} " if _DOUBLED.search(inner) else whole

    return _CSV_FIELD.sub(unquoted, text)


def _scan(text: str) -> Iterator[Found]:
    """Yield the deliveries in *text*, and what is left of those that cannot be read."""
    read_to = 0
    for start, end, value in _documents(text):
        yield from _broken(text, read_to, start, value)
        yield from ((start, item) for item in _deliveries(value))
        read_to = end
    yield from _broken(text, read_to, len(text), None)


def _documents(text: str) -> Iterator[tuple[int, int, Any]]:
    """Yield the JSON in *text*, with its start and end: all of it, or objects among other text."""
    try:
        yield 0, len(text), json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        return
    at = 0
    while found := _START.search(text, at):
        at = found.end()
        # `"{\"level\"...` is an object written as a string.
        start = found.start() if text.startswith("\\", at) else at - 1
        read = _value_at(text, start) or _wrapped_at(text, start)
        if read:
            value, at = read
            yield start, at, value


def _value_at(text: str, start: int) -> tuple[Any, int] | None:
    """Return the JSON value at *start*, and its end."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None


def _wrapped_at(text: str, start: int) -> tuple[Any, int] | None:
    """Return the value of a logger's line that some program has wrapped, and its end.

    JSON has no line breaks inside its strings, so these are the program's.
    """
    if not text.startswith(_LOGGED, start):
        return None
    limit = text.find(_LOGGED, start + 1)
    limit = min(len(text) if limit < 0 else limit, start + _LONGEST_LINES)
    joined, at = "", start
    for line in text[start:limit].splitlines(keepends=True):
        joined, at = joined + line.rstrip("\r\n"), at + len(line)
        if joined.endswith("}") and (read := _value_at(joined, 0)):
            return read[0], at
    return None


def _broken(text: str, start: int, end: int, document: Any) -> Iterator[Found]:
    """Yield the SPOOL lines between *start* and *end*, where *document* follows, as unreadable."""
    for mention in _MENTION.finditer(text, start, end):
        whole = _ITEM_FOLLOWS.fullmatch(text, mention.end(), end) and _is_delivery(document)
        newline = text.find("\n", mention.end())
        # A process that died while writing has left half a line before another process's line.
        other = text.find(_LOGGED, mention.end(), len(text) if newline < 0 else newline)
        if not whole and other < 0:
            yield mention.start(), None


def _deliveries(value: Any) -> Iterator[DeliveryItem | None]:
    """Yield the deliveries anywhere in *value*; None for a spooled item that is not whole."""
    if isinstance(value, Mapping):
        if _is_delivery(value):
            yield dict(value) if _is_sound(value) else None
        elif value.get("message") == SPOOL:
            item = value.get("item")
            yield dict(item) if _is_delivery(item) and _is_sound(item) else None
        else:
            for each in value.values():
                yield from _deliveries(each)
    elif isinstance(value, list):
        for each in value:
            yield from _deliveries(each)
    elif isinstance(value, str) and ("{" in value or value.startswith(_PACKED)):
        yield from (item for _, item in _scan(_unpacked(value)))


def _unpacked(text: str) -> str:
    """Return *text*, unpacked if it is a gzip file in Base64."""
    if not text.startswith(_PACKED):
        return text
    try:
        return unpacked(base64.b64decode(text))[0].decode("utf-8", "surrogateescape")
    except binascii.Error:
        return text


def _is_sound(item: Mapping[str, Any]) -> bool:
    """Whether all of *item* is text: no bytes of another encoding are left."""
    try:
        json.dumps(item, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_delivery(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether *value* is an item of the table, in DynamoDB's JSON, that is a delivery."""
    if not isinstance(value, Mapping) or value.get("item") != {"S": "delivery"}:
        return False
    return all(
        isinstance(value.get(name), Mapping) and isinstance(value[name].get("S"), str)
        for name in ("pk", "sk")
    )
