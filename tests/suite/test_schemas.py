"""The schemas in docs/schemas describe what `pivotctl lint` and `pivotctl parse` print."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator, FormatChecker

from pivotctl.commands import lint, parse
from pivotctl.problems import Verdict
from pivotctl.project import Project
from pivotkit.calls.call import Call

PROJECT = Project.find()
KINDS = {"pivot": "pivot", "webhooks": "webhook", "cdr": "cdr"}
SAMPLES = sorted(
    path
    for kind in KINDS
    for path in (PROJECT.root / "events" / kind).glob("*/*.json")
    if "rawQueryString" in path.read_text(encoding="utf-8")
)


def schema(name: str) -> Any:
    """A schema of docs/schemas."""
    return json.loads((PROJECT.root / f"docs/schemas/{name}.schema.json").read_text("utf-8"))


def faults(name: str, document: object, part: str = "") -> list[str]:
    """The objections of a schema, or of one of its parts, to a document."""
    whole = schema(name)
    used = {"$ref": f"#/$defs/{part}", "$defs": whole["$defs"]} if part else whole
    validator = Draft202012Validator(used, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("name", ["lint", "parse"])
def test_a_schema_is_a_schema(name: str) -> None:
    """Each is valid JSON Schema of the draft that it names."""
    Draft202012Validator.check_schema(schema(name))


ANSWERS = {
    Verdict.EXECUTES: ("text/xml", "<Response><Hangup/></Response>", 200),
    Verdict.HANGS_UP: ("text/xml", '<Response><Say language="en-US">a</Say></Response>', 200),
    Verdict.DEAD_AIR: ("text/xml", "<Response/>", 200),
    Verdict.REJECTED: ("text/xml", "<Response>&</Response>", 200),
    Verdict.FALLS_BACK: ("text/xml", "<Response><Hangup/></Response>", 201),
}


@pytest.mark.parametrize("verdict", ANSWERS)
def test_a_verdict_is_as_the_schema_says(tmp_path: Path, verdict: Verdict) -> None:
    """`lint --json` prints a verdict with its problems, whatever the verdict."""
    content_type, body, status = ANSWERS[verdict]
    path = tmp_path / "answer"
    path.write_text(body, encoding="utf-8")
    options = ["--json", "--content-type", content_type, "--status", str(status), str(path)]
    shown = json.loads(CliRunner().invoke(lint.command, options).stdout)
    assert shown["verdict"] == verdict
    assert faults("lint", shown, "verdict") == []
    assert faults("lint", shown) == []


def test_the_schema_knows_every_verdict() -> None:
    """A new verdict is added to the schema; `fallback` alone is one of a call, not of an answer."""
    known = schema("lint")["$defs"]["verdict"]["properties"]["verdict"]["enum"]
    assert known == [verdict for verdict in Verdict if verdict is not Verdict.FALLBACK]


def test_many_verdicts_and_a_bad_line_are_as_the_schema_says() -> None:
    """`lint --jsonl` prints a verdict or an error for each line."""
    lines = [json.dumps({"content_type": t, "body": b}) for t, b, _ in ANSWERS.values()]
    text = "\n".join([*lines, "nonsense", json.dumps({"body": 1})])
    shown = CliRunner().invoke(lint.command, ["--jsonl"], input=text).stdout.splitlines()
    assert len(shown) == len(lines) + 2
    assert [fault for line in shown for fault in faults("lint", json.loads(line))] == []


def test_a_report_on_twilio_is_as_the_schema_says(tmp_path: Path) -> None:
    """`lint --twilio --json` prints findings beside the verdict."""
    path = tmp_path / "menu.xml"
    say = '<Response><Say voice="alice" language="en-US">Hi.</Say><Enqueue>a</Enqueue></Response>'
    path.write_text(say, encoding="utf-8")
    shown = json.loads(CliRunner().invoke(lint.command, ["--twilio", "--json", str(path)]).stdout)
    assert shown["findings"]
    assert faults("lint", shown, "twilio") == []


def request_of(event: dict[str, Any]) -> str:
    """A sample event as a line for `parse --jsonl`."""
    body = event.get("body") or ""
    text = base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
    return json.dumps(
        {
            "method": event["requestContext"]["http"]["method"],
            "url": f"https://h/?{event['rawQueryString']}",
            "headers": event["headers"],
            "body": text,
        }
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_is_as_the_schema_says(path: Path) -> None:
    """`parse` prints a call, an event, or a CDR for the sample events of all functions."""
    if path.parent.name == "recordings":
        pytest.skip("recordings receives files, not values")
    kind = KINDS[path.parent.parent.name]
    line = request_of(json.loads(path.read_text(encoding="utf-8")))
    done = CliRunner().invoke(parse.command, ["--kind", kind, "--jsonl"], input=line)
    part = {"pivot": "call", "webhook": "event", "cdr": "cdr"}[kind]
    assert faults("parse", json.loads(done.stdout), part) == []


def test_a_call_has_the_fields_of_the_schema() -> None:
    """A parameter that is added to `Call` is added to the schema as well."""
    known = schema("parse")["$defs"]["call"]["properties"]
    assert [*known] == [name for name in Call._fields if name != "context"]


def test_a_refusal_is_as_the_schema_says() -> None:
    """`parse` prints the refusal of what is no request, and the error of a bad line."""
    refused = CliRunner().invoke(parse.command, ["-"], input="a=b")
    assert refused.exit_code == 1
    assert faults("parse", json.loads(refused.stdout), "refusal") == []
    bad = CliRunner().invoke(parse.command, ["--jsonl"], input="nonsense")
    assert faults("parse", json.loads(bad.stdout), "line_error") == []


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("lint", {"verdict": "perhaps", "meaning": "", "problems": []}),
        ("lint", {"verdict": "executes", "meaning": ""}),
        ("parse", {"account_id": "a"}),
        ("parse", {"status": 200, "error": "", "message": ""}),
    ],
)
def test_other_documents_are_refused(name: str, document: object) -> None:
    """A schema that accepts everything would describe nothing."""
    assert faults(name, document) != []
