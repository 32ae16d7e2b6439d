"""Runs scheduled functions on time, as EventBridge does.

Expressions are EventBridge's: `rate(5 minutes)`, first after that time, and `cron(0 3 * * ? *)`,
six fields, in UTC. Cron is read by `aws-croniter`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aws_croniter import AwsCroniter
from aws_croniter.exceptions import (
    AwsCroniterExpressionDayOfMonthError,
    AwsCroniterExpressionDayOfWeekError,
    AwsCroniterExpressionError,
    AwsCroniterExpressionHourError,
    AwsCroniterExpressionMinuteError,
    AwsCroniterExpressionMonthError,
    AwsCroniterExpressionYearError,
)

if TYPE_CHECKING:
    from pivotctl.project import Function, Schedule

_RATE = re.compile(r"rate\((?P<number>[1-9][0-9]*) (?P<unit>minute|hour|day)(?P<many>s?)\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]*)\)")
_FIELDS = {
    AwsCroniterExpressionMinuteError: "minutes",
    AwsCroniterExpressionHourError: "hours",
    AwsCroniterExpressionDayOfMonthError: "day-of-month",
    AwsCroniterExpressionMonthError: "month",
    AwsCroniterExpressionDayOfWeekError: "day-of-week",
    AwsCroniterExpressionYearError: "year",
}
_LONGEST_WAIT_SECONDS = 30.0
"""Longest wait between looks at the time: clocks are set, and laptops sleep."""


class ScheduleError(Exception):
    """A schedule in template.yaml that EventBridge would refuse, or that is not supported here."""

    def __init__(self, schedule: Schedule, reason: str) -> None:
        super().__init__(
            f"template.yaml: {schedule.name}: {schedule.expression!r}: {reason}. Correct it, or "
            "start with --no-schedules"
        )


@dataclass(frozen=True)
class RateExpression:
    """A fixed interval."""

    interval: timedelta

    def after(self, last: datetime) -> datetime:
        """Return the next time after *last*."""
        return last + self.interval


@dataclass(frozen=True)
class CronExpression:
    """Times in UTC, given by EventBridge's six `fields`."""

    fields: AwsCroniter

    def after(self, last: datetime) -> datetime | None:
        """Return the next time after *last*, or None if there is none."""
        found: datetime | None = self.fields.get_next(last)[0]
        return found


def read(schedule: Schedule) -> RateExpression | CronExpression:
    """Parse the expression of *schedule*. Raises `ScheduleError`."""
    if schedule.timezone != "UTC":
        reason = f"ScheduleExpressionTimezone is {schedule.timezone!r}: only UTC is supported here"
        raise ScheduleError(schedule, reason)
    if found := _RATE.fullmatch(schedule.expression):
        return _rate(schedule, found)
    if found := _CRON.fullmatch(schedule.expression):
        return _cron(schedule, found["fields"])
    raise ScheduleError(schedule, "must be rate(NUMBER UNIT) or cron(SIX FIELDS)")


def _rate(schedule: Schedule, found: re.Match[str]) -> RateExpression:
    number, unit = int(found["number"]), found["unit"]
    if bool(found["many"]) == (number == 1):
        right = unit if number == 1 else f"{unit}s"
        raise ScheduleError(schedule, f"unit must be {right} for {number}")
    return RateExpression(timedelta(**{f"{unit}s": number}))


def _cron(schedule: Schedule, fields: str) -> CronExpression:
    try:
        return CronExpression(AwsCroniter(fields))
    except AwsCroniterExpressionError as error:
        name = _FIELDS.get(type(error), "the expression")
        raise ScheduleError(schedule, f"{name}: {str(error).rstrip('.')}") from error
    except ValueError as error:  # an `LW`, which the library accepts but cannot evaluate
        raise ScheduleError(schedule, f"is not supported here: {error}") from error


type Fire = Callable[[Function, Schedule, datetime], object]


@dataclass
class TimetableEntry:
    """A schedule, and its next time; None means never again."""

    function: Function
    schedule: Schedule
    times: RateExpression | CronExpression
    next: datetime | None


class Timetable:
    """Next times of all enabled schedules. Raises `ScheduleError`."""

    def __init__(self, functions: Iterable[Function], now: datetime) -> None:
        self._entries = [
            TimetableEntry(function, schedule, times, times.after(now))
            for function in functions
            for schedule in function.schedules
            if schedule.enabled
            for times in [read(schedule)]
        ]

    def next(self) -> datetime | None:
        """Return the next time at which a schedule fires, or None."""
        return min((entry.next for entry in self._entries if entry.next), default=None)

    def due(self, now: datetime) -> list[tuple[Function, Schedule, datetime]]:
        """Return the due schedules with their times; one missed several times fires once."""
        found = []
        for entry in self._entries:
            moment = None
            while entry.next is not None and entry.next <= now:
                moment, entry.next = entry.next, entry.times.after(entry.next)
            if moment:
                found.append((entry.function, entry.schedule, moment))
        return found


@dataclass
class ScheduleClock:
    """Fires due schedules, each in a thread of its own."""

    functions: Iterable[Function]
    fire: Fire
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _timetable: Timetable = field(init=False)

    def __post_init__(self) -> None:
        self._timetable = Timetable(self.functions, self.now())

    def start(self) -> None:
        """Start firing schedules, in a background thread."""
        threading.Thread(target=self._run, daemon=True, name="clock").start()

    def stop(self) -> None:
        """Stop firing schedules, without waiting for running functions."""
        self._stopped.set()

    def look(self) -> list[threading.Thread]:
        """Fire the due schedules, and return their threads."""
        due = self._timetable.due(self.now())
        threads = [threading.Thread(target=self.fire, args=each, daemon=True) for each in due]
        for thread in threads:
            thread.start()
        return threads

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds()):
            self.look()

    def _seconds(self) -> float:
        """Return the seconds until the next schedule, at most half a minute."""
        following = self._timetable.next()
        if following is None:
            return _LONGEST_WAIT_SECONDS
        left = (following - self.now()).total_seconds()
        return min(max(left, 0.0), _LONGEST_WAIT_SECONDS)
