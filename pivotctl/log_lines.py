"""Log lines of a function, as a person reads them: a time, a level, what happened, and fields."""

from __future__ import annotations

import json
from typing import Any

_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_SHOWN_FIRST = frozenset({"timestamp", "time", "level", "message", "service", "type"})
_NOISE = frozenset(
    {
        "cold_start",
        "function_arn",
        "function_memory_size",
        "function_name",
        "function_request_id",
        "location",
        "requestId",
        "sampling_rate",
        "xray_trace_id",
    }
)
_PLAIN_NOISE = ("START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START")


def message_of(line: str) -> str:
    """The message of a line: the outcome of a request; empty if it has none."""
    try:
        found = json.loads(line)
    except ValueError:
        return ""
    return str(found.get("message", "")) if isinstance(found, dict) else ""


def readable(line: str, *, named: bool = False) -> str:
    """One line of text; empty for what only machines read (metrics, Lambda's own records).

    It has the name of the function if it is to be `named`.

    Fields that hold more than one value, such as a spooled delivery, are left out: they may have
    caller data.
    """
    text = line.strip()
    try:
        found = json.loads(text)
    except ValueError:
        return "" if text.startswith(_PLAIN_NOISE) else text
    if not isinstance(found, dict):
        return text
    if "_aws" in found or str(found.get("type", "")).startswith("platform."):
        return _failed(found)
    service = f"{found.get('service', '')}: " if named else ""
    return _formatted(found, service)


def _failed(found: dict[str, Any]) -> str:
    """Lambda's own report of a run that failed; empty for others."""
    record = found.get("record")
    if not isinstance(record, dict) or record.get("status", "success") == "success":
        return ""
    status = record["status"]
    return f"{_time(found)} ERROR Lambda: {status} ({record.get('errorType', found['type'])})"


def _formatted(found: dict[str, Any], service: str) -> str:
    level = str(found.get("level", "INFO"))
    message = found.get("message", found.get("errorMessage", ""))
    said = message if isinstance(message, str) else json.dumps(message)
    fields = " ".join(
        f"{name}={value}"
        for name, value in found.items()
        if name not in _SHOWN_FIRST | _NOISE and isinstance(value, str | int | float)
    )
    return f"{_time(found)} {_LEVELS.get(level, level):5} {service}{said}  {fields}".rstrip()


def _time(found: dict[str, Any]) -> str:
    """The time of day, without the date and fractions of a second."""
    stamp = str(found.get("timestamp", found.get("time", "")))
    return stamp.partition(" ")[2][:8] if " " in stamp else stamp.partition("T")[2][:8]
