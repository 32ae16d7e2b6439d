"""Schedules: what runs by the clock on AWS, and on demand here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.project import Function, Project, Schedule
from pivotctl.sam_template import SamTemplate
from pivotctl.stack.schedules import NoScheduleError, events

TEMPLATE = """
Resources:
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/workers/sweep
      Handler: app.handler
      Events:
        Hourly: { Type: Schedule, Properties: { Schedule: rate(1 hour) } }
        Nightly:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: cron(0 3 * * ? *)
            Input: '{"all": true}'
            State: DISABLED
  Still:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: functions/workers/still, Handler: app.handler }
"""
AT = datetime(2026, 1, 15, 7, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one function that runs by the clock, and one that does not."""
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return Project(tmp_path, SamTemplate.load(path))


def function(project: Project, name: str) -> Function:
    """A function of the project."""
    return project.function(name)


def test_schedules_are_read(project: Project) -> None:
    """SAM's two ways to write one are the same to us."""
    assert function(project, "sweep").schedules == (
        Schedule("Sweep.Hourly", "rate(1 hour)"),
        Schedule("Sweep.Nightly", "cron(0 3 * * ? *)", '{"all": true}', enabled=False),
    )
    assert function(project, "still").schedules == ()


def test_what_a_clock_sends(project: Project) -> None:
    """EventBridge's event with the moment in UTC, or the schedule's own input."""
    hourly, nightly = map(json.loads, events(function(project, "sweep"), AT))
    assert hourly["time"] == "2026-01-15T06:30:00Z"
    assert (hourly["source"], hourly["detail-type"]) == ("aws.events", "Scheduled Event")
    assert hourly["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/SweepHourly"]
    assert nightly == {"all": True}


def test_now_is_the_default(project: Project) -> None:
    """Without a moment it is this one."""
    before = datetime.now(UTC).replace(microsecond=0)
    told = datetime.fromisoformat(json.loads(events(function(project, "sweep"))[0])["time"])
    assert before <= told <= datetime.now(UTC)


def test_a_function_without_a_clock(project: Project) -> None:
    """The error says what to add."""
    with pytest.raises(NoScheduleError, match=r"still has no schedule in template\.yaml: add"):
        events(function(project, "still"))


def test_tick_says_what_is_wrong() -> None:
    """`pivotctl tick` of what has no clock is an error with a way out, not a trace."""
    result = CliRunner().invoke(main, ["tick", "call_records"])
    assert result.exit_code == 1
    assert "call_records has no schedule in template.yaml" in result.output
