"""`pivotctl parse --jsonl`: many requests, one result object a line."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from pivotctl.commands.parse import command
from tests.kazoo import document, needs_data


def parse(*lines: object) -> Result:
    """Run the command on requests; text is taken as it is."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return CliRunner().invoke(command, ["--jsonl"], input=text)


def results(*lines: object) -> list[dict[str, Any]]:
    """The object that comes back for each request."""
    return [json.loads(line) for line in parse(*lines).stdout.splitlines()]


def test_each_request_gives_a_line() -> None:
    """Forms, JSON and URLs are read; a method that is missing follows from the body."""
    got = results(
        {"body": "Call-ID=a&Account-ID=b&&&Caller-ID-Name=%F0%9F%98%80"},
        {"method": "post", "content_type": "application/json", "body": '{"Call-ID":"c","x":1}'},
        {"url": "https://h/x?Call-ID=d&Account-ID=e"},
    )
    assert [each.get("call_id") for each in got] == ["a", None, "d"]
    assert got[0]["caller_id_name"] == "😀"
    assert got[1]["status"] == 400


def test_what_is_refused_says_why() -> None:
    """A refusal has status, error and message, and is no failure of the command."""
    odd = {"method": "GET", "url": "https://h[.example?Call-ID=a&Account-ID=b"}
    result = parse({"method": "PUT", "url": "https://h/"}, {}, odd)
    refused, empty, read = map(json.loads, result.stdout.splitlines())
    assert read["call_id"] == "a"
    assert (refused["status"], refused["error"]) == (405, "MethodNotAllowed")
    assert "message" in refused
    assert empty["status"] == 400
    assert result.exit_code == 0


def test_a_bad_line_is_answered() -> None:
    """It gives an object with its number and the error, and the next line is read."""
    result = parse("x", '{"body": 1}', {"body": "Call-ID=a&Account-ID=b"})
    *bad, good = map(json.loads, result.stdout.splitlines())
    assert [each["line"] for each in bad] == [1, 2]
    assert all("error" in each for each in bad)
    assert good["call_id"] == "a"
    assert result.exit_code == 1


@needs_data
def test_requests_of_kazoos_are_read() -> None:
    """Every random request that KAZOO encoded comes back with its call."""
    cases = document("observed/random_requests.json")["cases"]
    got = results(*[case["request"] for case in cases])
    assert [each for each in got if "call_id" not in each] == []
