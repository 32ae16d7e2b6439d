"""Read typed fields out of what a form gives as text and JSON with its types."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pivotkit.kazootime import from_gregorian
from pivotkit.parameters import Value


def read[T](kind: type[T], values: Mapping[str, Value], names: Mapping[str, str]) -> T:
    """A *kind* (a dataclass) made of *values*; *names* are KAZOO's keys by field.

    A value that does not fit its field's type is left out there. What no field takes is kept in
    `other`.
    """
    taken: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        key = names.get(field.name, field.name)
        reader = _READERS.get(str(field.type))
        if reader and key in values:
            found = reader(values[key])
            if found is not None:
                taken[field.name] = found
    keys = {names.get(name, name) for name in taken}
    other = {key: value for key, value in values.items() if key not in keys}
    return kind(**taken | {"other": MappingProxyType(other)})


def text(value: Value) -> str | None:
    """A text; numbers become one. `None` for '' and for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def whole(value: Value) -> int | None:
    """A whole number, also written as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    digits = value if isinstance(value, str) else ""
    return int(digits) if re.fullmatch(r"[0-9]{1,18}", digits) else None


def truth(value: Value) -> bool | None:
    """A boolean, also written as text or as 0 and 1."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def gregorian(value: Value) -> datetime | None:
    """A time in Gregorian seconds."""
    seconds = whole(value)
    try:
        return None if seconds is None else from_gregorian(seconds)
    except ValueError:
        return None


def microseconds(value: Value) -> datetime | None:
    """A time in Unix microseconds, as KAZOO's `Channel-Created-Time` is."""
    count = whole(value)
    try:
        return None if count is None else datetime.fromtimestamp(count / 1_000_000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _object(value: Value) -> Mapping[str, Value] | None:
    return MappingProxyType(value) if isinstance(value, dict) else None


_READERS = {
    "str": text,
    "str | None": text,
    "int | None": whole,
    "bool": truth,
    "bool | None": truth,
    "Gregorian | None": gregorian,
    "Microseconds | None": microseconds,
    "Object": _object,
}
"""By the annotation of the field, as it is written."""

type Gregorian = datetime
type Microseconds = datetime
type Object = Mapping[str, Value]
