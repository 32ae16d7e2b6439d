"""EventBridge's limits on an event, so that no delivery is one that the bus refuses.

A refused event would be tried again with all that follow it in the stream. An event's type has 1 to
128 characters. Its detail is a JSON object (RFC 8259: no infinity, no half of a surrogate pair).
The queues behind the bus take no characters that XML 1.0 excludes, such as U+FFFF. An event has at
most 256 KB, in newer regions 1 MB.
"""

import json
import math
import re

from pivotkit.http.parameters import Value

OTHER = "other"
"""The type of an event whose name is none."""

MAX_TYPE = 128
"""Limit on the characters of a type, in UTF-16 code units."""

MAX_DETAIL = 200 * 1024
"""Limit on the bytes of a detail: the rest of 256 KB is for what AWS adds in a queue's message."""

MAX_TEXT = 1000
"""Characters kept of each text in an event that would otherwise be too large."""

MAX_DEPTH = 20
"""Levels of objects and lists that are kept. KAZOO's own events have five."""

MAX_INTEGER = 2**63
"""The size from which an integer becomes text: readers of JSON disagree about larger ones."""

_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Characters that JSON does not escape by itself, and queues refuse."""


def detail_type(name: str) -> str:
    """Return the type of the event *name*: the name, if it is 1 to 128 printable characters."""
    fits = name.isprintable() and 0 < len(name.encode("utf-16-le")) // 2 <= MAX_TYPE
    return name if fits and not name.isspace() else OTHER


def fitted(detail: dict[str, Value]) -> str:
    """Return *detail* as JSON of at most `MAX_DETAIL` bytes.

    If it is too large, its texts are cut to `MAX_TEXT` characters. If it still is, the largest
    fields of its `event` are left out, and its `record`. It then has `"cut": true`.
    """
    clean = {name: _clean(value, MAX_DEPTH) for name, value in detail.items()}
    text = _json(clean)
    if _size(text) <= MAX_DETAIL:
        return text
    cut = clean | {name: _cut(clean.get(name)) for name in ("event", "record")} | {"cut": True}
    text = _json(cut)
    return text if _size(text) <= MAX_DETAIL else _json(_smaller(cut))


def _smaller(detail: dict[str, Value]) -> dict[str, Value]:
    """Return *detail* without its record, and with as many fields of its event as fit."""
    event, custom = detail["event"], detail.get("custom_data")
    fields = event if isinstance(event, dict) else {}
    names = custom if isinstance(custom, list) else []
    less = detail | {"record": None, "event": {}} | ({"custom_data": []} if names else {})
    kept = _smallest(fields, MAX_DETAIL - _size(_json(less)))
    added: list[Value] = [name for name in names if name in kept]
    return less | {"event": kept} | ({"custom_data": added} if names else {})


def _clean(value: Value, depth: int) -> Value:
    """Return *value* without anything that is no JSON, or that a queue refuses."""
    if not isinstance(value, dict | list):
        return _clean_scalar(value)
    if not depth:
        return None
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    return {_clean_text(name): _clean(item, depth - 1) for name, item in value.items()}


def _clean_scalar(value: Value) -> Value:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, int) and abs(value) >= MAX_INTEGER else value


def _clean_text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)


def _cut(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _cut(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value]
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _smallest(fields: dict[str, Value], room: int) -> dict[str, Value]:
    """Return as many of *fields* as have *room* in bytes, the smallest first.

    The size of a name counts twice, because `custom_data` may list it.
    """
    kept: dict[str, Value] = {}
    sizes = {name: _size(_json([{name: value}, name])) for name, value in fields.items()}
    for name, size in sorted(sizes.items(), key=lambda each: each[1]):
        room -= size
        if room < 0:
            break
        kept[name] = fields[name]
    return kept


def _size(text: str) -> int:
    return len(text.encode())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
