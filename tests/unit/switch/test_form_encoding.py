"""KAZOO's form encoding."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.switch.http.form_encoding import (
    EncodeError,
    Json,
    encode_value,
    form_text,
    with_query,
)

_SCALARS = st.one_of(st.text(st.characters(codec="utf-8")), st.booleans(), st.integers())
_NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "K=a+b"),
        ("+1415", "K=%2B1415"),
        ("é/50%", "K=%C3%A9%2F50%25"),
        ("a.-~_Z9", "K=a.-~_Z9"),
        ("", "K="),
        (True, "K=true"),
        (5, "K=5"),
        (1.5, "K=1.5"),
        ({}, ""),
        ([], ""),
        ({"a": {"b": "c"}}, "K[a][b]=c"),
        (["a", "b c"], "K[]=a&K[]=b+c"),
        ({"tags": ["a", "b"]}, "K[tags][]=a&K[tags][]=b"),
        ([{"a": "b"}], "K[]=%7B%22a%22%3A%22b%22%7D"),
        ({"a b&c": "1"}, "K[a b&c]=1"),
    ],
)
def test_every_kind_of_value_has_its_form_text(value: Json, text: str) -> None:
    """Objects and lists bracket their keys, which stay raw; only values are encoded."""
    assert form_text({"K": value}) == text


def test_an_empty_object_leaves_an_empty_segment() -> None:
    """KAZOO joins segments without looking whether they hold anything."""
    assert form_text({"A": "1", "B": {}, "C": {}, "D": "2"}) == "A=1&&&D=2"


def test_a_null_inside_an_object_crashes_the_encoder() -> None:
    """KAZOO's encoder has no clause for null."""
    with pytest.raises(EncodeError, match=r"K\[a\] is null"):
        form_text({"K": {"a": None}})


@given(st.text(st.characters(codec="utf-8")))
def test_an_encoded_value_decodes_to_itself(text: str) -> None:
    """A server that undoes + and %XX gets back what KAZOO meant."""
    assert unquote_plus(encode_value(text)) == text


@given(st.dictionaries(_NAMES, _SCALARS))
def test_a_form_keeps_every_parameter_in_order(values: dict[str, Json]) -> None:
    """Parameters come in the given order, none is lost or added."""
    decoded = parse_qsl(form_text(values), keep_blank_values=True)
    shown = {True: "true", False: "false"}
    wanted = [
        (key, shown[value] if isinstance(value, bool) else str(value))
        for key, value in values.items()
    ]
    assert decoded == wanted


@given(st.recursive(_SCALARS, lambda inner: st.dictionaries(_NAMES, inner, max_size=3)))
def test_only_empty_objects_make_empty_segments(value: Json) -> None:
    """A form text has an empty segment exactly where the value holds an empty object."""
    assert form_text({"K": value}).split("&").count("") == _empty_objects(value)


def _empty_objects(value: Json) -> int:
    if not isinstance(value, dict):
        return 0
    return sum(_empty_objects(item) for item in value.values()) if value else 1


@pytest.mark.parametrize(
    ("url", "merged"),
    [
        ("https://h/a", "https://h/a?A=1"),
        ("https://h/a?b=2", "https://h/a?b=2&A=1"),
        ("https://h/a#frag", "https://h/a?A=1#frag"),
        ("https://h", "https://h?A=1"),
    ],
)
def test_a_get_appends_to_the_query(url: str, merged: str) -> None:
    """Parameters follow an existing query and stand before a fragment."""
    assert with_query(url, "A=1") == merged
