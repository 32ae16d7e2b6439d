"""Checks of data against the types in a schema of KAZOO's (`kz_json_schema.erl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pivotctl.crossbar.envelope import validation

type FieldKind = type | tuple[str, ...]
type Shape = Mapping[str, FieldKind]
"""Fields of an object: the type of each, or its allowed texts. Other fields are accepted."""

_NAMES: Mapping[type, str] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "array",
    str: "string",
}


def check(data: Mapping[str, Any], shape: Shape, *required: str) -> None:
    """Raise `CrossbarRefusal` for a missing field, a wrong type, or a text that is not allowed."""
    for name in required:
        if name not in data:
            raise validation(name, "required", "Field is required but missing")
    for name in data.keys() & shape.keys():
        _check_field(name, data[name], shape[name])


def _check_field(name: str, value: Any, kind: FieldKind) -> None:
    wanted = str if isinstance(kind, tuple) else kind
    accepted: Any = (int, float) if wanted is float else wanted
    if not isinstance(value, accepted) or (isinstance(value, bool) and wanted is not bool):
        raise validation(name, "type", f"Value did not match type(s): {_NAMES[wanted]}")
    if isinstance(kind, tuple) and value not in kind:
        text = "Value not found in enumerated list of values"
        raise validation(name, "enum", text, target=list(kind))
