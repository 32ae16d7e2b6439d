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
    MAX_DEPTH,
    MAX_DIGITS,
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


def from_json(body: bytes) -> dict[str, Any]:
    """Decode the JSON in *body*."""
    found = Parameters(RESERVED)
    read_json(body, found)
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
    assert depth(document) <= MAX_DEPTH
    assert from_json(body) == document


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Any bytes are either decoded or rejected as malformed."""
    with contextlib.suppress(Malformed):
        assert isinstance(form(text_of(body)), dict)
    with contextlib.suppress(Malformed):
        assert isinstance(from_json(body), dict)


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
    "Digits[a]=1&Digits[a]=2": "Digits[a]: sent twice",
    "Digits=1&Digits[a]=1": "sent as text and as an object",
    "Digits[a]=1&Digits=1": "sent as text and as an object",
    "Digits[a]=1&Digits[a][b]=2": "sent as a value and as an object",
    "Digits[a]=1&Digits[a][]=2": "sent as a value and as a list",
    "Digits[a": "not closed",
    "Digits[a[b]=1": "not closed",
    "Digits[a]b=1": "between",
    "To=%FF": "not UTF-8",
    "To=%ED%A0%80": "not UTF-8",
    f"Digits{'[a]' * MAX_DEPTH}=1": f"nested deeper than {MAX_DEPTH}",
    "&".join(f"Digits[{at}]=1" for at in range(MAX_FIELDS + 1)): f"more than {MAX_FIELDS} fields",
}


@pytest.mark.parametrize(("text", "rule"), REFUSED.items(), ids=REFUSED.values())
def test_refused_form_text(text: str, rule: str) -> None:
    """A fault in one of KAZOO's own parameters is refused, and the error names the rule."""
    with pytest.raises(Malformed) as refusal:
        form(text)
    assert rule in str(refusal.value)


AROUND = "To=9&{}&Digits[a]=1"
KEPT = {"To": "9", "Digits": {"a": "1"}}
CAV = "Custom-Application-Vars"
CUT: dict[str, dict[str, Any]] = {
    "V[a]=1&V[b]=2&V[a]=3": {"V": {"b": "2"}},
    "V[a]=1&V[a]=2&V[a]=3": {"V": {}},
    "V=1&V[a]=2": {},
    "V[a]=1&V=2": {},
    "V[a]=1&V[a][b]=2&V[c]=3": {"V": {"c": "3"}},
    "L[]=1&L[a]=2": {},
    "V[a]=1&V[a][]=2": {"V": {}},
    "V[a][]=1&V[a][b]=2": {"V": {}},
    "V[a[b]=1&V[b]=2": {"V": {"b": "2"}},
    "V[a]b=1&V[b]=2": {"V": {"b": "2"}},
    "V[]]=1": {},
    "A=%FF&B=1": {"B": "1"},
    "V[a]=%ED%A0%80&V[b]=1": {"V": {"b": "1"}},
    "V%5B%FF%5D=1": {},
    f"V{'[a]' * MAX_DEPTH}=1&V[b]=2": {"V": {"b": "2"}},
    f"V[b]=2&V{'[a]' * 20_000}=1": {"V": {"b": "2"}},
    "L[]=%7B%22a%22%3A%7B%22b%22%3A1%2C%22b%22%3A2%7D%7D": {"L": [{"a": {}}]},
    "&".join(f"V[{at}]=1" for at in range(MAX_FIELDS + 9)): {
        "V": {str(at): "1" for at in range(MAX_FIELDS)}
    },
    "&".join(f"L[]={at}" for at in range(MAX_FIELDS + 9)): {"L": [*map(str, range(MAX_FIELDS))]},
}


@pytest.mark.parametrize(("text", "values"), CUT.items(), ids=[text[:40] for text in CUT])
def test_what_is_cut_from_a_form(text: str, values: dict[str, Any]) -> None:
    """Of other parameters only the part that is at fault is cut; KAZOO's own stay."""
    found = Parameters(RESERVED)
    read_form(AROUND.format(text), found)
    assert found.values == KEPT | values
    assert found.cut


@pytest.mark.parametrize("text", [text for text in CUT if "V[" in text and "V=" not in text])
def test_what_is_cut_from_variables(text: str) -> None:
    """Custom application variables are cut in the same way, although their name is reserved."""
    found = Parameters(RESERVED)
    read_form(AROUND.format(text.replace("V[", f"{CAV}[")), found)
    kept = {CAV: CUT[text]["V"]} if "V" in CUT[text] else {}
    assert found.values == KEPT | kept
    assert found.cut


def test_pairs_that_are_cut() -> None:
    """A pair that API Gateway split inside a variable's name is cut alike."""
    found = Parameters(RESERVED)
    read_pairs([("To", "9"), ("V[a", ""), ("b]", "1"), (f"{CAV}[x[]", "1")], found)
    assert (found.values, found.cut) == ({"To": "9", "b]": "1"}, True)


def test_forged_field() -> None:
    """A variable whose raw key closes its bracket and forges a reserved field is rejected."""
    forged = kazoo_form({"Custom-Application-Vars": {"a]=1&To": "9"}, "To": "2030"})
    assert forged.startswith("Custom-Application-Vars[a]=1&To]=9&To=2030")
    with pytest.raises(Malformed, match="sent twice"):
        form(f"{forged}&To=2030")
    with pytest.raises(Malformed, match="sent twice"):
        form("Custom-Application-Vars[a]=1&To=9&To=2030")


JSON_REFUSED = {
    b"[1]": "not a JSON object",
    b"{": "not valid JSON",
    b"\xff": "not UTF-8",
    b'{"a":"\xed\xa0\x80"}': "not UTF-8",
    b'{"a":1,"a":2}': "sent twice",
    b'{"Digits":{"b":1,"b":2}}': "sent twice",
    b'{"a":NaN}': "not JSON",
    b'{"a":-Infinity}': "not JSON",
    b'{"To":"\\ud800"}': "surrogate",
    b'{"Digits":{"\\udfff":1}}': "surrogate",
    b'{"Digits":{"a":1E400}}': "too large",
    b'{"Digits":' + b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH + b"}": "nested deeper",
    json.dumps({"Digits": list(range(MAX_FIELDS + 1))}).encode(): f"more than {MAX_FIELDS}",
    b'{"a":' + b"[" * 100_000: "not valid JSON",
    b'{"a":' + b"[" * 50_000 + b'"\\' * 50_000: "not valid JSON",
}


@pytest.mark.parametrize(("body", "rule"), JSON_REFUSED.items(), ids=range(len(JSON_REFUSED)))
def test_refused_json(body: bytes, rule: str) -> None:
    """A JSON body is refused if it is no object, or for a fault in one of KAZOO's own."""
    with pytest.raises(Malformed) as refusal:
        from_json(body)
    assert rule in str(refusal.value)


DEEP = b"[" * 100_000 + b"]" * 100_000
LISTS: list[Any] = []
for _ in range(MAX_DEPTH - 3):
    LISTS = [LISTS]
JSON_CUT: list[tuple[bytes, Any]] = [
    (b'{"b":1,"c":2,"b":3}', {"c": 2}),
    (b'[{"b":1,"b":2,"b":3}, 4]', [{}, 4]),
    (b'{"b":"\\ud800x","c":2}', {"b": "?x", "c": 2}),
    (b'{"\\udfff":1}', {"?": 1}),
    (b'{"b":1E400,"c":[-1E400,2]}', {"c": [2]}),
    (b'{"b":' + DEEP + b',"c":"]]"}', {"b": LISTS, "c": "]]"}),
    (json.dumps(list(range(MAX_FIELDS + 9))).encode(), list(range(MAX_FIELDS))),
]


@pytest.mark.parametrize(("value", "kept"), JSON_CUT, ids=range(len(JSON_CUT)))
@pytest.mark.parametrize("name", ["V", CAV])
def test_what_is_cut_from_json(name: str, value: bytes, kept: Any) -> None:
    """Of variables in a JSON body only the part that is at fault is cut, too."""
    found = Parameters(RESERVED)
    read_json(b'{"To":"9","%b":%b,"Digits":{"a":"1"}}' % (name.encode(), value), found)
    assert (found.values, found.cut) == (KEPT | {name: kept}, True)


def test_an_integer_of_any_length() -> None:
    """An integer longer than Python reads stays as text, as in a form."""
    digits = "9" * (MAX_DIGITS + 1)
    assert from_json(f'{{"V":[{digits}, {digits[:-1]}]}}'.encode()) == {
        "V": [digits, int(digits[:-1])]
    }


def test_a_whole_surrogate_pair_is_a_character() -> None:
    """Both halves of a surrogate pair in a JSON text are one character."""
    assert from_json(b'{"a":"\\ud83d\\ude00"}') == {"a": "😀"}


def test_limits_are_inclusive() -> None:
    """An object may have 1000 members and a depth of 16 names; its neighbors count apart."""
    many = {f"a{at}": "1" for at in range(MAX_FIELDS)}
    deep: Any = "1"
    for _ in range(MAX_DEPTH - 1):
        deep = {"a": deep}
    for values in ({"V": many, "W": many}, {"V": deep}, many | {"To": "9"}):
        assert form(kazoo_form(values)) == values
        assert from_json(json.dumps(values).encode()) == values


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
                form(f"To={value}")
        return
    assert form(f"To={value}") == {"To": expected}
