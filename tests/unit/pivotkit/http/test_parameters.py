"""Decoding of KAZOO's encodings to one mapping (`kz_http_util:json_to_querystring/1`)."""

import contextlib
import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.core.errors import Malformed
from pivotkit.http import parameters
from pivotkit.http.parameters import (
    MAX_FIELDS,
    Parameters,
    read_form,
    read_json,
    read_pairs,
    text_of,
)
from tests.forms import kazoo_form

RESERVED = frozenset({"Call-ID", "Digits", "To", "Custom-Application-Vars"})


def form(text: str) -> dict[str, Any]:
    """Decode *text*."""
    found = Parameters(RESERVED)
    read_form(text, found)
    return found.values


def carried(value: Any) -> Any:
    """The part of *value* that form text carries: leaves as text, and nothing empty."""
    if isinstance(value, dict):
        kept = {name: carried(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in ({}, [])}
    if isinstance(value, list):
        return [item if isinstance(item, dict) else carried(item) for item in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


PLAIN = st.text(alphabet=st.characters(codec="utf-8"), max_size=12)
KEY = st.recursive(
    st.text(alphabet="ab &=+%20.é#", min_size=1, max_size=5),
    lambda inner: st.tuples(inner, inner).map(lambda two: f"{two[0]}[{two[1]}]"),
    max_leaves=3,
).filter(lambda key: "%5" not in key)
SCALAR = st.one_of(
    PLAIN, st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)
ITEM = st.one_of(SCALAR, st.dictionaries(PLAIN, SCALAR, max_size=2)).filter(
    lambda item: not (isinstance(item, str) and item.startswith("{"))
)
NESTED = st.recursive(
    st.one_of(SCALAR, st.lists(ITEM, max_size=3)),
    lambda inner: st.dictionaries(KEY, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(KEY, st.one_of(SCALAR, st.dictionaries(KEY, SCALAR, max_size=3)))
REQUEST = st.fixed_dictionaries(
    {"Call-ID": PLAIN, "To": PLAIN, "Custom-Application-Vars": OBJECT},
    optional={"Digits": st.one_of(PLAIN, st.dictionaries(KEY, PLAIN)), "User-ID": st.lists(PLAIN)},
)


def check_round_trip(request_: dict[str, Any]) -> None:
    """Encode as KAZOO does, decode, and compare."""
    request_["User-ID"] = [item for item in request_.get("User-ID", []) if item[:1] != "{"]
    expected = {name: carried(value) for name, value in request_.items()}
    assert form(kazoo_form(request_)) == {
        name: value for name, value in expected.items() if value not in ({}, [])
    }


@given(REQUEST)
@settings(max_examples=300, deadline=None)
def test_whatever_kazoo_can_encode_decodes_to_the_same_values(request_: dict[str, Any]) -> None:
    """A form encoded by KAZOO decodes to the original values as text, whatever its keys."""
    check_round_trip(request_)


@pytest.mark.long
@given(REQUEST)
@settings(max_examples=20_000, deadline=None)
def test_twenty_thousand_requests(request_: dict[str, Any]) -> None:
    """The same for twenty thousand requests."""
    check_round_trip(request_)


def depth(value: Any) -> int:
    """The nesting depth of *value*, in names."""
    if isinstance(value, list):
        return max(map(depth, value), default=0)
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


@given(st.dictionaries(PLAIN, NESTED, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_json_body_keeps_its_types(document: dict[str, Any]) -> None:
    """A JSON body decodes to exactly its values, unless it is nested too deeply."""
    body = json.dumps(document).encode()
    try:
        found = read_json(body)
    except Malformed:
        assert depth(document) > parameters.MAX_DEPTH
        return
    assert found == document


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Any bytes are either decoded or rejected as malformed."""
    for read in (lambda: form(text_of(body)), lambda: read_json(body)):
        with contextlib.suppress(Malformed):
            assert isinstance(read(), dict)


FORMS = {
    "A=1&B=2": {"A": "1", "B": "2"},
    "A=1&&&B=2&": {"A": "1", "B": "2"},
    "A=": {"A": ""},
    "A": {"A": ""},
    "A=a+b%2Bc%20d": {"A": "a b+c d"},
    "A=x=y": {"A": "x=y"},
    "Name=Zo%C3%AB+%26+Co": {"Name": "Zoë & Co"},
    "L[]=a&L[]=b": {"L": ["a", "b"]},
    "V[l][]=a&V[l][]=b": {"V": {"l": ["a", "b"]}},
    "L[]=%7B%22a%22%3A1%7D": {"L": [{"a": 1}]},
    "L[]=%7Bnot+json": {"L": ["{not json"]},
    "Digits=12": {"Digits": "12"},
    "Digits[default]=1&Digits[my menu]=2": {"Digits": {"default": "1", "my menu": "2"}},
    "Digits[]=4": {"Digits": {"": "4"}},
    "V[a][b][c]=1": {"V": {"a": {"b": {"c": "1"}}}},
    "V[x[y]]=1": {"V": {"x[y]": "1"}},
    "V[a&Digits=1]=2&To=9": {"V": {"a&Digits=1": "2"}, "To": "9"},
    "V[a=b]=1": {"V": {"a=b": "1"}},
    "V[a]&B=1": {"V": {"a": ""}, "B": "1"},
    "V[a b+c]=1": {"V": {"a b+c": "1"}},
    "other=1&other=2": {"other": "2"},
}


@pytest.mark.parametrize(("text", "values"), FORMS.items(), ids=FORMS.keys())
def test_form_text(text: str, values: dict[str, Any]) -> None:
    """Form text decodes as the table says: raw keys, percent-encoded values, empty segments."""
    assert form(text) == values


def test_encoded_brackets() -> None:
    """Encoded brackets in a key mean the same as KAZOO's, which are not encoded."""
    assert form("V%5Ba%5D%5Bb%5D=1&V%5ba%5d%5bc%5d=2") == {"V": {"a": {"b": "1", "c": "2"}}}


def test_decoded_pairs() -> None:
    """Pairs that API Gateway decoded (payload 1.0) nest as form text does."""
    found = Parameters(RESERVED)
    read_pairs([("Digits[my menu]", "1+2"), ("L[]", "a"), ("L[]", "b"), ("To", "9")], found)
    assert found.values == {"Digits": {"my menu": "1+2"}, "L": ["a", "b"], "To": "9"}


REFUSED = {
    "To=1&To=2": "To: sent twice",
    "V[a]=1&V[a]=2": "V[a]: sent twice",
    "Digits=1&Digits[a]=1": "sent as text and as an object",
    "Digits[a]=1&Digits=1": "sent twice",
    "V[a]=1&V[a][b]=2": "sent as a value and as an object",
    "L[]=1&L[a]=2": "sent as a value and as an object",
    "V[a]=1&V[a][]=2": "sent as a value and as a list",
    "V[a": "not closed",
    "V[a[b]=1": "not closed",
    "V[a]b=1": "between",
    "A=%FF": "not UTF-8",
    "A=%ED%A0%80": "not UTF-8",
    "V%5B%FF%5D=1": "not UTF-8",
    "V[a][b][c][d]=1": "nested deeper than 4",
    "&".join(f"a{at}=1" for at in range(257)): "more than 256 fields",
}


@pytest.mark.parametrize(("text", "rule"), REFUSED.items(), ids=REFUSED.values())
def test_refused_form_text(text: str, rule: str) -> None:
    """Ambiguous form text is rejected, and the error names the rule it breaks."""
    with pytest.raises(Malformed) as refusal:
        form(text)
    assert rule in str(refusal.value)


def test_forged_field() -> None:
    """A variable whose raw key closes its bracket and forges a reserved field is rejected."""
    forged = kazoo_form({"Custom-Application-Vars": {"a]=1&To": "9"}, "To": "2030"})
    assert forged.startswith("Custom-Application-Vars[a]=1&To]=9&To=2030")
    with pytest.raises(Malformed):
        form(f"{forged}&To=2030")
    with pytest.raises(Malformed, match="sent twice"):
        form("Custom-Application-Vars[a]=1&To=9&To=2030")


JSON_REFUSED = {
    b"[1]": "not a JSON object",
    b"{": "not valid JSON",
    b"\xff": "not valid JSON",
    b'{"a":1,"a":2}': "sent twice",
    b'{"a":{"b":1,"b":2}}': "sent twice",
    b'{"a":NaN}': "not JSON",
    b'{"a":-Infinity}': "not JSON",
    b'{"a":"\\ud800"}': "surrogate",
    b'{"\\udfff":1}': "surrogate",
    b'{"a":{"b":{"c":{"d":{"e":1}}}}}': "nested deeper",
    b'{"a":[[[[[1]]]]]}': "nested deeper",
    b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}": "",
    b'{"a":' + b"9" * 5000 + b"}": "not valid JSON",
    json.dumps({"a": list(range(257))}).encode(): "more than 256",
    json.dumps({f"a{at}": 1 for at in range(257)}).encode(): "more than 256",
}


@pytest.mark.parametrize(("body", "rule"), JSON_REFUSED.items(), ids=range(len(JSON_REFUSED)))
def test_refused_json(body: bytes, rule: str) -> None:
    """A JSON body is rejected if it exceeds a form's limits or is not one plain object."""
    with pytest.raises(Malformed) as refusal:
        read_json(body)
    assert rule in str(refusal.value)


def test_a_whole_surrogate_pair_is_a_character() -> None:
    """Both halves of a surrogate pair in a JSON text are one character."""
    assert read_json(b'{"a":"\\ud83d\\ude00"}') == {"a": "😀"}


def test_limits_are_inclusive() -> None:
    """Forms and JSON may have up to 256 fields and a depth of four names."""
    many = {f"a{at}": "1" for at in range(MAX_FIELDS)}
    assert form(kazoo_form(many)) == many
    assert read_json(json.dumps(many).encode()) == many
    assert form("V[a][b][c]=1") == read_json(b'{"V":{"a":{"b":{"c":"1"}}}}')


SHAPES: dict[str, Callable[[int], str]] = {
    "open brackets": lambda size: "V" + "[" * size,
    "closed brackets": lambda size: "V[" + "[]" * size + "]=1",
    "many keys": lambda size: "V" + "[a]" * size + "=1",
    "keys without an equals": lambda size: "V" + "[a]" * size,
    "empty segments": lambda size: "&" * size,
    "one long odd key": lambda size: f"V[{'=&' * size}]=1",
    "one long value": lambda size: "V=" + "%41+" * size,
    "odd keys in every field": lambda size: "&".join(f"V[a&{at}]" for at in range(size // 64)),
}


def lines_run(text: str) -> int:
    """The number of lines of the decoder executed for *text*."""
    count = 0

    def local(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        return local if frame.f_code.co_filename == parameters.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        form(text)
    except Malformed:
        pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_work_grows_with_the_length_of_the_text(shape: Callable[[int], str]) -> None:
    """Four times the text takes about four times the steps, even in the worst known shapes."""
    assert lines_run(shape(8192)) <= 4.5 * lines_run(shape(2048)) + 100


ESCAPED = st.text(alphabet="%4aF+zé \ud800", max_size=12)


@given(ESCAPED)
@settings(max_examples=300, deadline=None)
def test_escapes_are_read_as_the_standard_library_reads_them(value: str) -> None:
    """A value decodes as in `urllib.parse`, or is rejected if its bytes are not UTF-8."""
    try:
        expected = unquote_plus(value, errors="strict")
        expected.encode()
    except UnicodeError:
        if "%" in value:
            with pytest.raises(Malformed):
                form(f"A={value}")
        return
    assert form(f"A={value}") == {"A": expected}
