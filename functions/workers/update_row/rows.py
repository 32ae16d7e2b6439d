"""An event as one row of a table or a sheet: a cell for each of KAZOO's fields."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pivotkit.events import Event
from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery

MAX_CELL = 2000
"""Characters of a cell."""

_FORMULA = frozenset("=@+-\t\r")


def row(delivery: Delivery, columns: Iterable[str]) -> dict[str, Value]:
    """Return the row of *delivery*: `event_id`, `event`, `at`, and those *columns* that it has.

    `event_id` is the same for a repeated delivery. `at` is KAZOO's time, or else the time of the
    delivery, in ISO 8601.
    """
    event = delivery.event
    at = event.timestamp or datetime.fromtimestamp(delivery.received_at, UTC)
    cells = {name: cell(event, name) for name in columns}
    return {
        "event_id": delivery.id,
        "event": delivery.name,
        "at": at.isoformat(),
        **{name: text for name, text in cells.items() if text},
    }


def upsert(cells: Mapping[str, Value]) -> dict[str, Value]:
    """Return the request that makes Airtable insert the row, or update the one with its ID."""
    merge: list[Value] = ["event_id"]
    fields: dict[str, Value] = {"fields": dict(cells)}
    return {"performUpsert": {"fieldsToMergeOn": merge}, "records": [fields], "typecast": True}


def cell(event: Event, name: str) -> str:
    """Return the text of KAZOO's field *name*, or ''.

    A text that a sheet could take for a formula gets a `'` in front, unless it is a number.
    """
    text = _text(_field(event, name))[:MAX_CELL]
    is_formula = text[:1] in _FORMULA and not _is_number(text)
    return f"'{text}" if text and is_formula else text


def _field(event: Event, name: str) -> object:
    attribute = "from_" if name == "from" else name
    value = getattr(event, attribute, None)
    return event.other.get(name, event.custom_data.get(name)) if value is None else value


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdecimal() and text.isascii()
