"""`pivotctl logs`, of a deployed stack, and of a local one."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.commands import logs
from pivotctl.deployed import DeployedStack
from pivotctl.project import Project
from scripts.lint_template import ROOT

LINE = {
    "level": "INFO",
    "message": "answered",
    "timestamp": "2026-06-01 12:34:56,789+0000",
    "service": "say_hello",
    "ms": 12,
}


class CloudWatch:
    """Answers of CloudWatch Logs: the streams of two functions, in two pages."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "CloudWatch":
        """Return the paginator."""
        assert operation == "filter_log_events"
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        """Return the pages."""
        self.asked.append(asked)
        return [
            {"events": [_event("1", "acme-SayHello-X", LINE), _event("2", "acme-Ring-Y", LINE)]},
            {"events": [_event("3", "acme-SayHello-X", {"_aws": {}})]},
        ]


def _event(event_id: str, function: str, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventId": event_id,
        "logStreamName": f"2026/06/01/{function}[$LATEST]abc",
        "timestamp": 1,
        "message": json.dumps(line),
    }


@pytest.fixture
def cloud_watch(monkeypatch: pytest.MonkeyPatch) -> CloudWatch:
    """CloudWatch Logs of the stack acme."""
    made = CloudWatch()
    found = {"SayHello": ("", "acme-SayHello-X"), "PivotLogGroup": ("", "/acme/pivot")}
    monkeypatch.setattr(DeployedStack, "resources", found)
    monkeypatch.setattr(DeployedStack, "client", lambda _self, _service: made)
    return made


def run(*arguments: str) -> Result:
    """The output of `pivotctl logs`."""
    return CliRunner().invoke(main, ["logs", *arguments])


def test_lines_of_one_function(cloud_watch: CloudWatch) -> None:
    """The log group of its kind is read, and lines of other functions and metrics are left out."""
    result = run("say_hello", "--stack", "acme", "--since", "2h")

    assert result.output == "12:34:56 INFO  answered  ms=12\n"
    assert [asked["logGroupName"] for asked in cloud_watch.asked] == ["/acme/pivot"]


@pytest.mark.usefixtures("cloud_watch")
def test_raw_lines() -> None:
    """--raw prints every line of the function as it was logged."""
    assert [
        json.loads(line)
        for line in run("say_hello", "--stack", "acme", "--raw").output.splitlines()
    ] == [LINE, {"_aws": {}}]


@pytest.mark.usefixtures("cloud_watch")
def test_lines_of_a_kind() -> None:
    """The name of a kind stands for all its functions in the stack, and each line has its own."""
    found = {"Ring": ("", "acme-Ring-Y"), **DeployedStack("acme").resources}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DeployedStack, "resources", found)
        result = run("pivot", "--stack", "acme", "--only", "answered")
        assert result.output == "12:34:56 INFO  say_hello: answered  ms=12\n" * 2
        assert run("pivot", "--stack", "acme", "--only", "fallback").output == ""


@pytest.mark.usefixtures("cloud_watch")
def test_following_repeats_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudWatch is asked again and again, and each line is printed once."""
    pauses = iter([None, None])

    def pause(_seconds: float) -> None:
        if next(pauses, "end") == "end":
            raise KeyboardInterrupt

    monkeypatch.setattr("pivotctl.commands.logs.time.sleep", pause)
    result = run("say_hello", "--stack", "acme", "--follow")
    assert result.output.count("answered") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("say_helo",), "Did you mean say_hello?"),
        (("say_hello", "--since", "soon"), "write a number and s, m, h, or d"),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], said: str) -> None:
    """An unknown function or an unreadable age is named, with the fix."""
    result = run(*arguments)

    assert result.exit_code
    assert said in result.output


def test_a_local_log_is_followed(tmp_path: Path) -> None:
    """Lines that are appended are printed when they are whole, and a new file is read anew."""
    path = tmp_path / "say_hello.log"
    path.write_text("first\nsec")
    lines = logs._tail(path, follow=True)
    assert next(lines) == "first"
    threading.Timer(0.1, lambda: path.write_text("first\nsecond\n")).start()
    assert next(lines) == "second"
    path.write_text("new\n")
    assert next(lines) == "new"


def test_no_local_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a running stack and without logs, the sentence says how to get one."""
    found = Project.find(ROOT)
    monkeypatch.setattr(
        Project, "find", lambda: Project(tmp_path, found.template, found.parameters)
    )
    result = run("say_hello")

    assert result.exit_code == 1
    assert "No stack is running: start `pivotctl serve`, or pass --stack" in result.output
