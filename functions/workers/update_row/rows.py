"""An event as one row of a table or a sheet: a cell for each name that KAZOO has for something."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pivotkit.events import Event
from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery

MAX_CELL = 2000
"""Characters of a cell."""

_FORMULA = frozenset("=@+-\t\r")


def row(delivery: Delivery, columns: Iterable[str]) -> dict[str, Value]:
    """The row of *delivery*: `event_id`, `event`, `at`, and those *columns* that it has.

    `event_id` is the same whenever the delivery comes. `at` is KAZOO's time, or else that of the
    delivery, in ISO 8601.
    """
    event = delivery.event
    at = event.timestamp or datetime.fromtimestamp(delivery.received_at, UTC)
    cells: dict[str, Value] = {name: cell(event, name) for name in columns}
    told = {name: value for name, value in cells.items() if value}
    return {"event_id": delivery.id, "event": delivery.name, "at": at.isoformat(), **told}


def upsert(cells: Mapping[str, Value]) -> dict[str, Value]:
    """What makes Airtable write the row of *cells* in the place of the one with its `event_id`."""
    merge: list[Value] = ["event_id"]
    fields: dict[str, Value] = {"fields": dict(cells)}
    return {"performUpsert": {"fieldsToMergeOn": merge}, "records": [fields], "typecast": True}


def cell(event: Event, name: str) -> str:
    """The text of KAZOO's field *name*; '' where the event has none.

    A sheet could take a text that begins like a formula for one, so it gets a `'` in front, unless
    it is a number.
    """
    value = getattr(event, f"{name}_" if name == "from" else name, None)
    if value is None:
        value = event.other.get(name, event.custom_data.get(name))
    text = _text(value)[:MAX_CELL]
    return f"'{text}" if text[:1] in _FORMULA and not _is_number(text) and text else text


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdecimal() and text.isascii()
