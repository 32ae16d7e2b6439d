"""JSON values as attributes of DynamoDB, and back."""

import math
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.core.errors import StateUnavailable
from pivotkit.store.attributes import attribute, value_of

READ: Any = TypeDeserializer().deserialize
WRITTEN: Any = TypeSerializer().serialize
NUMBERS = st.integers(-(10**37), 10**37) | st.floats(-1e15, 1e15).map(lambda each: round(each, 6))
VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_survives_the_table(value: Any) -> None:
    """A JSON value is read as it was written, and numbers without a fraction are whole."""
    assert value_of(attribute(value)) == value


@given(VALUES)
def test_attributes_are_those_of_the_sdk(value: Any) -> None:
    """The SDK reads what is written here, and the other way around."""
    assert READ(attribute(value)) == _decimal(value)
    assert value_of(WRITTEN(_decimal(value))) == value


def _decimal(value: Any) -> Any:
    """A value with numbers as the SDK has them."""
    if isinstance(value, dict):
        return {name: _decimal(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_decimal(each) for each in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(repr(value)) if is_number else value


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ({"N": "20.0"}, 20),
        ({"N": "1E+2"}, 100),
        ({"N": "0.5"}, 0.5),
        ({"SS": ["a", "b"]}, ["a", "b"]),
        ({"NS": ["1", "2.5"]}, [1, 2.5]),
    ],
)
def test_what_others_have_written(stored: dict[str, Any], value: Any) -> None:
    """Numbers in any form, and sets, may come from another program."""
    assert value_of(stored) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, b"bytes", {1, 2}, object()])
def test_what_is_not_json_is_refused(value: object) -> None:
    """A value that JSON does not have is an error where it is written."""
    with pytest.raises(TypeError, match="is no value of JSON"):
        attribute({"deep": [value]})


def test_bytes_are_not_read() -> None:
    """Bytes in an entry are an error with a name."""
    with pytest.raises(StateUnavailable, match="type B"):
        value_of({"M": {"picture": {"B": b"\0"}}})
