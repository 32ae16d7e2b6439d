"""JSON values as attributes of DynamoDB, and back."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pivotkit.core.errors import StateUnavailable
from pivotkit.http.parameters import Value

type Attribute = dict[str, Any]


def attribute(value: object) -> Attribute:
    """A JSON value with its type. Raises `TypeError` for anything else, such as NaN."""
    match value:
        case None:
            found: Attribute = {"NULL": True}
        case bool():
            found = {"BOOL": value}
        case str():
            found = {"S": value}
        case int():
            found = {"N": str(value)}
        case float() if math.isfinite(value):
            found = {"N": repr(value)}
        case Mapping():
            found = {"M": {str(name): attribute(each) for name, each in value.items()}}
        case list() | tuple():
            found = {"L": [attribute(each) for each in value]}
        case _:
            raise TypeError(
                f"{value!r} is no value of JSON: store a text, a number, a list, or an object"
            )
    return found


def value_of(stored: Attribute) -> Value:
    """The JSON value of an attribute; a set is a list. Raises `StateUnavailable` for bytes."""
    ((kind, value),) = stored.items()
    match kind:
        case "S" | "BOOL" | "SS":
            found: Value = value
            return found
        case "NULL":
            return None
        case "N":
            return _number(value)
        case "NS":
            return [_number(each) for each in value]
        case "M":
            return {name: value_of(each) for name, each in value.items()}
        case "L":
            return [value_of(each) for each in value]
    raise StateUnavailable(f"an attribute of type {kind} is no value of JSON")


def _number(text: str) -> int | float:
    """A number as JSON has it: KAZOO would reject `20.0`."""
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)
