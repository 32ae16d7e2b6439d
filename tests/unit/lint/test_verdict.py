"""Verdicts on answers, with the line, the path, the rule and the fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pivotctl.lint.verdict import Reading, read
from pivotctl.reader import schemas
from pivotctl.reader.answers import PivotAnswer
from pivotctl.reader.json_document import parse_json
from pivotctl.reader.modules import MODULES

FLOW = "application/json"


def reading(body: object, content_type: str | None = FLOW, status: int = 200) -> Reading:
    """The verdict on a body, which is JSON unless it is text already."""
    text = body if isinstance(body, str) else json.dumps(body)
    return read(PivotAnswer(text.encode(), content_type, status))


@pytest.mark.parametrize(
    ("content_type", "verdict"),
    [
        (None, "rejected"),
        ("text/xml", "rejected"),
        ("application/json", "executes"),
        ("application/json; charset=utf-8", "executes"),
        ("Application/JSON", "executes"),
        ("text/plain", "executes"),
    ],
)
def test_the_content_type_chooses_the_parser(content_type: str | None, verdict: str) -> None:
    """XML types and a missing header allow TwiML only; unknown types are tried as both."""
    assert reading({"module": "hangup"}, content_type).verdict == verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('{"module":"hangup"} ', "executes"),
        ('{"module":"hangup"} x', "rejected"),
        ("\ufeff{}", "rejected"),
        ('{"module":"sleep","data":{"duration":NaN}}', "rejected"),
        ("[]", "dead_air"),
        ("null", "dead_air"),
        ("{}", "dead_air"),
        ('{"flow":{"module":"hangup"}}', "dead_air"),
        ('{"module":"TTS","data":{"text":"x"}}', "dead_air"),
        ('{"module":"hangup","data":null}', "dead_air"),
        ('{"module":"hangup","children":null}', "dead_air"),
        ('{"module":"hangup","children":{"_":{}}}', "dead_air"),
        ('{"module":"hangup","children":{"_":null}}', "dead_air"),
        ('{"module":"hangup","extra":1}', "executes"),
        ('{"module":"response"}', "executes"),
        ('{"module":"set_variables"}', "executes"),
        ('{"module":"send_dtmf"}', "dead_air"),
        ('{"module":"user","data":{"timeout":20.0}}', "dead_air"),
        ('{"module":"user","data":{"timeout":"20"}}', "dead_air"),
        ('{"module":"play","data":{"id":null}}', "dead_air"),
    ],
)
def test_a_flow_is_strict_about_types_and_shape(body: str, verdict: str) -> None:
    """KAZOO repairs nothing in an answer."""
    assert reading(body).verdict == verdict


def test_a_problem_has_line_path_rule_and_fix() -> None:
    """The line is that of the value, however deep."""
    body = """{
      "module": "play", "data": {"id": "a"},
      "children": {
        "_": {
          "module": "tts",
          "data": {
            "text": ""
          }
        }
      }
    }"""
    (problem,) = reading(body).problems
    assert problem.as_json() == {
        "path": "children._.data.text",
        "rule": "'' has 0 characters, but KAZOO expects 1 to 1000",
        "fix": "Make it 1 to 1000 characters long.",
        "line": 7,
    }


def test_lists_have_lines_too() -> None:
    """An item is found by its index."""
    body = (
        '{"module":"ring_group","data":{"endpoints":[\n{"id":"a","endpoint_type":"user"},\n"b"]}}'
    )
    (problem,) = reading(body).problems
    assert (problem.path, problem.line) == ("data.endpoints[1]", 3)


def test_every_kind_of_json_has_its_line() -> None:
    """Strings with brackets and commas inside do not confuse the count."""
    document = parse_json(b'{"a": ["x],{", 1,\n {"b": [true,\nnull]}],\n"c": "d:e"}')
    assert [document.line(path) for path in ("a[0]", "a[2].b[1]", "c", "no.such")] == [1, 3, 4, 1]


@pytest.mark.parametrize("content_type", ["text/xml", FLOW, "text/plain"])
def test_a_body_that_is_no_utf8_falls_back(content_type: str) -> None:
    """KAZOO's worker crashes before any parser is asked, which counts as a failed request."""
    body = "<Response><Say>é</Say></Response>".encode("latin-1")
    assert read(PivotAnswer(body, content_type)).verdict == "falls_back"


def test_the_module_table_is_whole() -> None:
    """KAZOO has 78 modules, counting those of ACDc."""
    assert len(MODULES) == 78


def test_a_twiml_verdict_is_that_of_playing_it() -> None:
    """The keys that are pressed decide which faults are reached."""
    body = b'<Response><Gather numDigits="1"> </Gather><Say/></Response>'
    answer = PivotAnswer(body, "text/xml")
    assert read(answer).verdict == "hangs_up"
    pressed = read(answer, base_url="https://h/a", press=["1"])
    assert pressed.verdict == "executes"
    assert pressed.follow_up == ("post", "https://h/a")


def test_a_twiml_fault_has_its_line() -> None:
    """The path names the verb and its count."""
    body = b"<Response>\n<Say>a</Say>\n<Say/></Response>"
    (problem,) = read(PivotAnswer(body, "text/xml")).problems
    assert (problem.path, problem.line) == ("Response/Say[2]", 3)


def test_a_reading_is_a_json_object() -> None:
    """It has the verdict, what the caller notices, and the problems."""
    value = reading("<x/>", "text/xml").as_json()
    assert value["verdict"] == "rejected"
    assert value["meaning"]
    assert value["problems"][0]["rule"].startswith("the root element is x")


def test_kazoos_own_schemas_are_a_second_opinion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schema that is at hand may refuse what the table lets pass."""
    schema = {
        "_id": "callflows.hangup",
        "type": "object",
        "properties": {"why": {"type": "string", "default": "x", "maxLength": 3}},
    }
    (tmp_path / "callflows.hangup.json").write_text(json.dumps(schema), encoding="utf-8")
    monkeypatch.setenv("KAZOO_SCHEMAS", str(tmp_path))
    assert schemas.folder() == tmp_path
    assert reading({"module": "hangup"}).verdict == "executes"
    refused = reading({"module": "hangup", "data": {"why": "because"}})
    assert refused.verdict == "dead_air"
    assert refused.problems[0].path == "data.why"


@pytest.mark.parametrize(
    ("body", "line", "rule", "fix"),
    [
        ("<Response>\n<Say>Hi</Response>", 2, "while <Say> from line 2 is open", "Close <Say>"),
        ("<Response><Say>Hi</Say>", 1, "while <Response> from line 1", "Close <Response>"),
        ("<Response><Say>a &copy; b</Say></Response>", 1, "undefined entity", "the character"),
        ("<Response><Say>a & b</Say></Response>", 1, "near column 19", "&amp;"),
        ('<Response><Say a="1" a="2"/></Response>', 1, "duplicate", "each attribute"),
        ("<HTML><body/></HTML>", 1, "the root element is HTML", "web page"),
        ("hello", 1, "syntax error", "starting with <Response>"),
    ],
)
def test_what_is_no_twiml_says_how_to_fix_it(body: str, line: int, rule: str, fix: str) -> None:
    """The place is exact, and the fix is that of this fault."""
    (problem,) = read(PivotAnswer(body.encode(), "text/xml")).problems
    assert problem.line == line
    assert rule in problem.rule
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("answer", "rule", "fix"),
    [
        ({"module": "ring_group", "data": {"endpoints": ["a"]}}, "'a' is a string", "endpoint_ty"),
        ({"module": "voicemail", "data": {"id": "support"}}, "'support' has 7", "not a name"),
        ({"module": "pivot", "data": {"voice_url": "/menu"}}, "'/menu'", "the whole URL"),
        ({"module": "language", "data": {"language": "english"}}, "'english'", "such as en"),
        ({"module": "webhook", "data": {"http_verb": "POST"}}, "'POST'", "post or get"),
        ({"module": "sleeep"}, "no module 'sleeep'", "mean sleep?"),
        ({"module": "xyzzy"}, "no module 'xyzzy'", "Use one of acdc_agent"),
        ({"module": 5}, "5 is an integer", "Write it as text"),
        ([], "[], but KAZOO expects one action", '{"module"'),
        (None, "null, but KAZOO expects one action", '{"module"'),
    ],
)
def test_a_refused_flow_says_how_to_fix_it(answer: object, rule: str, fix: str) -> None:
    """One problem for each place: the value that stands there, and what may."""
    (problem,) = reading(json.dumps(answer)).problems
    assert rule in problem.rule
    assert fix in problem.fix
