"""Typed fields, read from forms, whose values are all text, and from typed JSON."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pivotkit.core.gregorian import from_gregorian
from pivotkit.http.parameters import Value

OURS = frozenset({"custom_data", "other"})
"""Fields that this package fills in; a value with such a name from KAZOO never goes there."""


def names_of(kind: type) -> dict[str, str]:
    """Return KAZOO's keys by the fields of *kind*: the field's name without a final underscore."""
    return {each.name: each.name.rstrip("_") for each in fields(kind) if each.name not in OURS}


def read[T](
    kind: type[T],
    values: Mapping[str, Value],
    names: Mapping[str, str] | None = None,
    **more: Any,
) -> T:
    """Make a *kind* (a dataclass) from *values* and *more*; *names* are KAZOO's keys by field.

    A value that does not fit its field's type is not assigned. Values without a field go to
    `other`, in the form common to all encodings (see `alike`).
    """
    names = names or {name: key for name, key in names_of(kind).items() if name not in more}
    types = {each.name: str(each.type) for each in fields(kind)}  # type: ignore[arg-type]
    taken: dict[str, Any] = {}
    for name, key in names.items():
        reader = _READERS.get(types[name])
        if reader and key in values:
            found = reader(values[key])
            if found is not None:
                taken[name] = found
    keys = {names[name] for name in taken}
    other = alike({key: value for key, value in values.items() if key not in keys})
    return kind(**taken | more | {"other": other})


def alike(values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return *values* in a form that is the same for all of KAZOO's encodings.

    Forms have no types, so numbers and booleans become text. Forms do not carry empty objects,
    empty lists, and nulls (`kz_http_util:encode_kv`), so these are dropped. An object in a list
    stays unchanged, because forms carry it as JSON.
    """
    kept = {name: _alike(value) for name, value in values.items()}
    return MappingProxyType({name: value for name, value in kept.items() if _carried(value)})


def text(value: Value) -> str | None:
    """Convert a string, number, or boolean to text; `None` for '' and for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (str(value) or None) if isinstance(value, str | int | float) else None


def whole(value: Value) -> int | None:
    """Convert *value*, which may be text, to a non-negative integer, or `None`."""
    written = text(value) or ""
    return int(written) if _WHOLE.fullmatch(written) else None


def number(value: Value) -> float | None:
    """Convert *value*, which may be text, to a float, or `None`."""
    written = text(value) or ""
    return float(written) if _NUMBER.fullmatch(written) else None


def truth(value: Value) -> bool | None:
    """Convert *value*, which may be text, 0, or 1, to a boolean, or `None`."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def gregorian(value: Value) -> datetime | None:
    """Convert Gregorian seconds to an aware datetime, or `None`."""
    seconds = whole(value)
    try:
        return None if seconds is None else from_gregorian(seconds)
    except ValueError:
        return None


def microseconds(value: Value) -> datetime | None:
    """Convert Unix microseconds (`Channel-Created-Time`) to an aware datetime, or `None`."""
    count = whole(value)
    try:
        return None if count is None else datetime.fromtimestamp(count / 1_000_000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def texts(value: Value) -> tuple[str, ...] | None:
    """Convert a list of texts, or a single text, to a tuple of strings, or `None`."""
    items = value if isinstance(value, list) else [value]
    found = [text(item) for item in items]
    return tuple(item for item in found if item is not None) if all(found) else None


def _object(value: Value) -> Mapping[str, Value] | None:
    return alike(value) if isinstance(value, dict) else None


def _objects(value: Value) -> tuple[Mapping[str, Value], ...] | None:
    found = value if isinstance(value, list) else []
    objects = [MappingProxyType(item) for item in found if isinstance(item, dict)]
    return tuple(objects) if objects and len(objects) == len(found) else None


def _alike(value: Value) -> Value:
    if isinstance(value, dict):
        return dict(alike(value))
    if isinstance(value, list):
        return [item if isinstance(item, dict) else _alike(item) for item in value]
    return value if value is None or isinstance(value, str) else text(value)


def _carried(value: Value) -> bool:
    return value is not None and value not in ({}, [])


_WHOLE = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?(e[-+]?[0-9]{1,2})?")

_READERS = {
    "str": text,
    "str | None": text,
    "int | None": whole,
    "float | None": number,
    "bool": truth,
    "bool | None": truth,
    "Gregorian | None": gregorian,
    "Microseconds | None": microseconds,
    "Object": _object,
    "Objects": _objects,
    "Texts": texts,
}
"""Conversions by the text of a field's annotation; annotations are not evaluated."""

type Gregorian = datetime
type Microseconds = datetime
type Object = Mapping[str, Value]
type Objects = tuple[Object, ...]
type Texts = tuple[str, ...]
