"""Whatever a server answers, there is a verdict."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode, Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotctl.reader.modules import MODULES

XML, JSON = "text/xml", "application/json"
TYPES = st.sampled_from([None, XML, JSON, "text/html", ""])
KEYS = st.text(max_size=5) | st.sampled_from(["module", "data", "children", "_", "text", "macros"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(sorted(MODULES)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=30,
)
NAMES = st.sampled_from(
    ["Say", "Play", "Gather", "Dial", "Record", "Redirect", "Set", "Variable", "Reject", "Number"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["action", "method", "loop", "timeout", "voice", "key", "value", "callerId"]),
    st.text(max_size=6) | st.sampled_from(["1,5", "1.0e999", "9" * 5000, "0", "日", "put"]),
    max_size=3,
)


def verdict(body: bytes, content_type: str | None = XML, mode: Mode = Mode.K50) -> Reading:
    """Read an answer whose caller presses keys."""
    reading = read(PivotAnswer(body, content_type), press=("1#", ""), mode=mode)
    assert reading.verdict in list(Verdict)
    json.dumps(reading.as_json())
    return reading


def _escaped(text: str) -> str:
    return "".join(f"&#{ord(each)};" for each in text)


def _element(name: str, attributes: dict[str, str], inside: list[str]) -> str:
    given = "".join(f' {key}="{_escaped(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{''.join(inside)}</{name}>"


ELEMENTS = st.recursive(
    st.text(max_size=5).map(_escaped) | st.sampled_from([" ", "\n", "<![CDATA[x]]>", "<!-- c -->"]),
    lambda inner: st.builds(_element, NAMES, ATTRIBUTES, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=200), content_type=TYPES, mode=st.sampled_from(Mode))
@example(b"\xff\xfe", XML, Mode.K50)
@example(b'<?xml version="1.0" encoding="Shift_JIS"?><Response/>', XML, Mode.K50)
@example(b'<?xml version="1.0" encoding="UTF-32"?><Response/>', XML, Mode.K5)
def test_bytes_get_a_verdict(body: bytes, content_type: str | None, mode: Mode) -> None:
    """Any bytes, of any type."""
    verdict(body, content_type, mode)


@settings(max_examples=300, deadline=None)
@given(value=VALUES, mode=st.sampled_from(Mode))
@example({"module": "tts", "data": {"text": "x"}, "children": {"": 1}}, Mode.K50)
@example({"module": "tts", "data": {"text": "x"}, "children": {"": {"a": 1}}}, Mode.K50)
@example({"module": "action", "data": {"module": "hangup"}}, Mode.K50)
def test_json_gets_a_verdict(value: object, mode: Mode) -> None:
    """Any JSON."""
    verdict(json.dumps(value).encode(), JSON, mode)


@settings(max_examples=300, deadline=None)
@given(inside=st.lists(ELEMENTS, max_size=5), mode=st.sampled_from(Mode))
def test_twiml_gets_a_verdict(inside: list[str], mode: Mode) -> None:
    """Any verbs, however nested, with any attributes."""
    verdict(f"<Response>{''.join(inside)}</Response>".encode(), XML, mode)


def _nested(depth: int) -> bytes:
    before, after = '{"module":"noop","children":{"_":', "}}"
    return (before * depth + '{"module":"noop"}' + after * depth).encode()


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (_nested(600), JSON, Verdict.EXECUTES),
        (_nested(4000), JSON, Verdict.EXECUTES),
        (b"[" * 5000 + b"]" * 5000, JSON, Verdict.DEAD_AIR),
        (b"[" * 100_000, JSON, Verdict.REJECTED),
        (b'{"a":' * 600 + b"1" + b"}" * 600, JSON, Verdict.DEAD_AIR),
        (
            b'{"module":"set_variables","data":{"custom_application_vars":'
            + b'{"a":' * 2000
            + b"1"
            + b"}" * 2002,
            JSON,
            Verdict.EXECUTES,
        ),
        (b"<Response>" + b"<a>" * 3000 + b"</a>" * 3000 + b"</Response>", XML, Verdict.HANGS_UP),
        (b"<Response>" + b"<Gather>" * 30 + b" " + b"</Gather>" * 30 + b"</Response>", XML, None),
        (
            b"<Response>" + b"<Gather>" * 3000 + b" " + b"</Gather>" * 3000 + b"</Response>",
            XML,
            None,
        ),
        (b"<!DOCTYPE a [<!ELEMENT a " + b"(" * 9000, XML, Verdict.REJECTED),
        (b"<Response><Say loop='1.0e999'>a</Say></Response>", XML, Verdict.EXECUTES),
        (b"<Response><Say loop='-" + b"9" * 9000 + b"'>a</Say></Response>", XML, Verdict.HANGS_UP),
    ],
    ids=range(12),
)
def test_depth_and_size_get_a_verdict(
    body: bytes, content_type: str, expected: Verdict | None
) -> None:
    """Nothing nests too deeply, and no number is too large."""
    found = verdict(body, content_type).verdict
    assert expected in (None, found)
