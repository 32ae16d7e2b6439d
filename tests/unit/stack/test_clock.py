"""Schedules by the clock: EventBridge's expressions, when they fire, and what is refused."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.project import Function, Project, Schedule
from pivotctl.sam_template import SamTemplate
from pivotctl.stack.clock import (
    CronExpression,
    RateExpression,
    ScheduleClock,
    ScheduleError,
    Timetable,
    read,
)

TEMPLATE = """
Resources:
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/workers/sweep
      Handler: app.handler
      Events:
        Often: { Type: Schedule, Properties: { Schedule: rate(5 minutes) } }
        Nightly:
          Type: ScheduleV2
          Properties: { ScheduleExpression: cron(0 3 * * ? *), Input: '{"all": true}' }
        Never: { Type: Schedule, Properties: { Schedule: rate(1 minute), Enabled: false } }
  Still:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: functions/workers/still, Handler: app.handler }
"""
START = datetime(2026, 1, 15, 2, 52, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def functions(tmp_path: Path) -> list[Function]:
    """A function with two clocks and one that is switched off, and a function without."""
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return list(Project(tmp_path, SamTemplate.load(path)).functions.values())


def schedule(expression: str, timezone: str = "UTC") -> Schedule:
    """A schedule with this expression."""
    return Schedule("Sweep.Clock", expression, timezone=timezone)


RATES = [
    ("rate(1 minute)", MINUTE),
    ("rate(5 minutes)", 5 * MINUTE),
    ("rate(1 hour)", timedelta(hours=1)),
    ("rate(12 hours)", timedelta(hours=12)),
    ("rate(1 day)", timedelta(days=1)),
    ("rate(7 days)", timedelta(days=7)),
]


@pytest.mark.parametrize(("expression", "interval"), RATES)
def test_rates(expression: str, interval: timedelta) -> None:
    """A rate is a number and a unit, which is singular for one."""
    assert read(schedule(expression)) == RateExpression(interval)


CRONS = [
    # EventBridge's own examples, and one for each sign; START is a Thursday
    ("0 3 * * ? *", "2026-01-15T03:00", "2026-01-16T03:00"),
    ("0 10 * * ? *", "2026-01-15T10:00", "2026-01-16T10:00"),
    ("15 12 * * ? *", "2026-01-15T12:15", "2026-01-16T12:15"),
    ("0 18 ? * MON-FRI *", "2026-01-15T18:00", "2026-01-16T18:00"),
    ("0 8 1 * ? *", "2026-02-01T08:00", "2026-03-01T08:00"),
    ("0/15 * * * ? *", "2026-01-15T03:00", "2026-01-15T03:15"),
    ("0/10 * ? * MON-FRI *", "2026-01-15T03:00", "2026-01-15T03:10"),
    ("53,59 2 * * ? *", "2026-01-15T02:53", "2026-01-15T02:59"),
    ("0 9 L * ? *", "2026-01-31T09:00", "2026-02-28T09:00"),
    ("0 9 L-3 * ? *", "2026-01-28T09:00", "2026-02-25T09:00"),
    ("0 9 15W * ? *", "2026-01-15T09:00", "2026-02-16T09:00"),  # a Sunday in February
    ("0 9 ? * 2#1 *", "2026-02-02T09:00", "2026-03-02T09:00"),
    ("0 9 ? * 6L *", "2026-01-30T09:00", "2026-02-27T09:00"),
    ("0 0 1 JAN ? 2027-2028", "2027-01-01T00:00", "2028-01-01T00:00"),
    ("0 0 29 2 ? *", "2028-02-29T00:00", "2032-02-29T00:00"),
]


@pytest.mark.parametrize(("fields", "first", "second"), CRONS)
def test_crons(fields: str, first: str, second: str) -> None:
    """The six fields, and what EventBridge has in them: `?`, `L`, `W`, `#`, names and years."""
    times = read(schedule(f"cron({fields})"))
    one, two = (datetime.fromisoformat(f"{moment}+00:00") for moment in (first, second))
    assert (times.after(START), times.after(one)) == (one, two)


def test_years_end() -> None:
    """A schedule whose years are over fires no more."""
    assert read(schedule("cron(0 3 * * ? 2020-2025)")).after(START) is None


@given(st.integers(0, 59), st.integers(0, 23), st.integers(0, 500_000))
def test_each_day_once(minute: int, hour: int, later: int) -> None:
    """Whenever one looks, a daily schedule is due within a day, at its minute."""
    now = START + later * MINUTE
    times = read(schedule(f"cron({minute} {hour} * * ? *)"))
    assert isinstance(times, CronExpression)
    found = times.after(now)
    assert found
    assert timedelta(0) < found - now <= timedelta(days=1)
    assert (found.hour, found.minute, found.second) == (hour, minute, 0)


REFUSED = [
    ("rate(5 minute)", "unit must be minutes for 5"),
    ("rate(1 hours)", "unit must be hour for 1"),
    ("rate(0 minutes)", "must be rate"),
    ("rate(5 weeks)", "must be rate"),
    ("at(2026-01-15T03:00:00)", r"must be rate\(NUMBER UNIT\) or cron\(SIX FIELDS\)"),
    ("", "must be rate"),
    ("cron(0 3 * * *)", "6 required, 5 provided"),
    ("cron(0 3 * * * *)", "One must be a question mark"),
    ("cron(60 3 * * ? *)", "minutes: Invalid minute value '60'"),
    ("cron(0 24 * * ? *)", "hours: Invalid"),
    ("cron(0 3 32 * ? *)", "day-of-month: Invalid"),
    ("cron(0 3 * 13 ? *)", "month: Invalid"),
    ("cron(0 3 ? * 8 *)", "day-of-week: Invalid"),
    ("cron(0 3 * * ? 1969)", "year: Invalid"),
    ("cron(0 3 LW * ? *)", "is not supported here"),
]


@pytest.mark.parametrize(("expression", "reason"), REFUSED)
def test_what_is_refused(expression: str, reason: str) -> None:
    """The error names the schedule, the expression and the field, and a way out."""
    with pytest.raises(ScheduleError, match=reason) as raised:
        read(schedule(expression))
    assert str(raised.value).startswith(f"template.yaml: Sweep.Clock: {expression!r}: ")
    assert "--no-schedules" in str(raised.value)


def test_other_time_zones_are_refused() -> None:
    """A schedule in a time zone of its own is not played at the wrong hour."""
    with pytest.raises(ScheduleError, match="ScheduleExpressionTimezone is 'Europe/Berlin'"):
        read(schedule("cron(0 3 * * ? *)", "Europe/Berlin"))


def test_the_timetable(functions: list[Function]) -> None:
    """Each schedule fires at its own moments; one that is switched off never does."""
    table = Timetable(functions, START)
    fired = []
    for minutes in range(12):
        now = START + minutes * MINUTE
        fired += [(each.name, f"{at:%H:%M:%S}") for _, each, at in table.due(now)]
    assert fired == [
        ("Sweep.Often", "02:57:30"),
        ("Sweep.Nightly", "03:00:00"),
        ("Sweep.Often", "03:02:30"),
    ]


def test_what_was_missed_fires_once(functions: list[Function]) -> None:
    """After a night's sleep a function does not run for each time that it was missed."""
    table = Timetable(functions, START)
    now = START + timedelta(hours=10, seconds=5)
    due = [(each.name, f"{at:%d %H:%M}") for _, each, at in table.due(now)]
    assert due == [("Sweep.Often", "15 12:52"), ("Sweep.Nightly", "15 03:00")]
    assert table.due(now) == []
    assert table.next() == now - timedelta(seconds=5) + 5 * MINUTE


def test_no_schedules(functions: list[Function]) -> None:
    """Without schedules nothing is ever due."""
    table = Timetable(functions[1:], START)
    assert (table.next(), table.due(START + timedelta(days=999))) == (None, [])


def test_the_clock_fires(functions: list[Function]) -> None:
    """A function that is due runs in a thread of its own, with its moment."""
    now, fired = START, []
    lock = threading.Lock()

    def fire(function: Function, schedule: Schedule, at: datetime) -> None:
        with lock:
            fired.append((function.name, schedule.name, at))

    clock = ScheduleClock(functions, fire, now=lambda: now)
    assert clock.look() == []
    now = START + 8 * MINUTE
    for thread in clock.look():
        thread.join()
    assert sorted(fired) == [
        ("sweep", "Sweep.Nightly", datetime(2026, 1, 15, 3, tzinfo=UTC)),
        ("sweep", "Sweep.Often", START + 5 * MINUTE),
    ]


def test_the_clock_runs_and_stops(functions: list[Function]) -> None:
    """A started clock looks by itself when something is due, and not after it was stopped."""
    fired = threading.Event()
    times = iter([START, START + 5 * MINUTE])
    clock = ScheduleClock(
        functions, lambda *_: fired.set(), now=lambda: next(times, START + 5 * MINUTE)
    )
    clock.start()
    assert fired.wait(10)
    clock.stop()


def test_the_templates_own_schedules(project: Project) -> None:
    """Every schedule of this project's template.yaml can be played."""
    table = Timetable(project.functions.values(), START)
    assert table.next()
    assert table.due(START + timedelta(days=1))
