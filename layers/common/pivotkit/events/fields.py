"""Read typed fields out of what a form gives as text and JSON with its types."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pivotkit.core.gregorian import from_gregorian
from pivotkit.http.parameters import Value

OURS = frozenset({"custom_data", "other"})
"""Fields that are ours, so that no value of KAZOO's goes there."""


def names_of(kind: type) -> dict[str, str]:
    """KAZOO's keys by the fields of *kind*: the same, without an underscore at the end."""
    return {each.name: each.name.rstrip("_") for each in fields(kind) if each.name not in OURS}


def read[T](
    kind: type[T],
    values: Mapping[str, Value],
    names: Mapping[str, str] | None = None,
    **more: Any,
) -> T:
    """A *kind* (a dataclass) made of *values* and *more*; *names* are KAZOO's keys by field.

    A value that does not fit its field's type is left out there. What no field takes is kept in
    `other`, as every encoding gives it.
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
    """*values* as every encoding of KAZOO's gives them.

    In form text there are no types, so numbers and booleans are text here; and nothing is empty:
    an empty object, an empty list and a null do not arrive there (`kz_http_util:encode_kv`). An
    object in a list is JSON in a form, too, and stays as it is.
    """
    kept = {name: _alike(value) for name, value in values.items()}
    return MappingProxyType({name: value for name, value in kept.items() if _carried(value)})


def text(value: Value) -> str | None:
    """A text; numbers and booleans become one. `None` for '' and for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (str(value) or None) if isinstance(value, str | int | float) else None


def whole(value: Value) -> int | None:
    """A whole number that is not negative, also written as text."""
    written = text(value) or ""
    return int(written) if _WHOLE.fullmatch(written) else None


def number(value: Value) -> float | None:
    """A number, also written as text."""
    written = text(value) or ""
    return float(written) if _NUMBER.fullmatch(written) else None


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


def texts(value: Value) -> tuple[str, ...] | None:
    """A list of texts; one text is a list, too."""
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
"""By the annotation of the field, as it is written."""

type Gregorian = datetime
type Microseconds = datetime
type Object = Mapping[str, Value]
type Objects = tuple[Object, ...]
type Texts = tuple[str, ...]
