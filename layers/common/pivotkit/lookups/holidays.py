"""Holidays from iCalendar text (RFC 5545): recurring, moved, or canceled, for days or hours.

Every event is a holiday. Events recur in their own wall-clock time, so daylight saving time does
not shift them; events without a time zone are in the office's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar, Event
from icalendar.prop import vRecur

_RARE = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_LONGEST = timedelta(days=366)


class CalendarError(ValueError):
    """An unreadable calendar. The message names the event and the error, or the rule it breaks."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday, from *start* to *end* (exclusive), both in UTC."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class _Series:
    """An event with all its recurrences; times are wall-clock times in *zone*."""

    name: str
    zone: tzinfo
    length: timedelta
    starts: rruleset

    def between(self, start: datetime, end: datetime) -> Iterator[Holiday]:
        first, last = (_wall(moment, self.zone) for moment in (start, end))
        for begin in self.starts.between(first - self.length, last, inc=True):
            yield Holiday(
                self.name, _instant(begin, self.zone), _instant(begin + self.length, self.zone)
            )


class Holidays:
    """All holidays of one calendar."""

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        """Read *text*; dates are days in *zone*. Raises `CalendarError`."""
        try:
            found = Calendar.from_ical(text).walk("VEVENT")
        except (ValueError, IndexError, KeyError) as error:
            raise CalendarError(f"the calendar is not valid iCalendar text: {error}") from error
        events = [event for event in found if isinstance(event, Event)]
        moved = [_recurrence_id(event) for event in events if "RECURRENCE-ID" in event]
        self._series = [
            _series(event, zone, [moment for uid, moment in moved if uid == _uid(event)])
            for event in events
            if event.get("STATUS") != "CANCELLED"
        ]

    def between(self, start: datetime, end: datetime) -> list[Holiday]:
        """Return the holidays that overlap *start* to *end* (aware), in order."""
        found = (holiday for each in self._series for holiday in each.between(start, end))
        touching = [each for each in found if each.start < end and each.end > start]
        return sorted(touching, key=lambda each: (each.start, each.end, each.name))

    def on(self, at: datetime) -> Holiday | None:
        """Return the holiday at *at* (aware), or `None`; of several, the one that began first."""
        moment = timedelta(microseconds=1)  # the shortest span, because an empty one overlaps none
        return next(iter(self.between(at, at + moment)), None)


@lru_cache(maxsize=8)
def read_holidays(text: str, zone: ZoneInfo) -> Holidays:
    """Parse the holidays in *text*, and cache the result. Raises `CalendarError`."""
    return Holidays(text, zone)


def _series(event: Event, zone: ZoneInfo, moved: list[date]) -> _Series:
    try:
        start, end = event.start, event.end
        home = _zone_of(start, zone)
        begin = _wall(start, home)
        length = _wall(end, home) - begin
        starts = _starts(event, begin, home)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _fault(event, str(error)) from error
    if not timedelta() <= length <= _LONGEST:
        raise _fault(event, "it must end after its start, within a year")
    for moment in moved if "RECURRENCE-ID" not in event else ():
        starts.exdate(_wall(moment, home))
    return _Series(str(event.get("SUMMARY", "")), home, length, starts)


def _starts(event: Event, begin: datetime, zone: tzinfo) -> rruleset:
    """All starts of *event*: by its rules, plus the dates added, minus the dates excluded."""
    starts = rruleset(cache=True)
    rules = _listed(event.get("RRULE"))
    for rule in rules:
        starts.rrule(rrulestr(_rule(event, rule, zone), dtstart=begin))  # type: ignore[arg-type]
    if not rules:
        starts.rdate(begin)
    for added in _dates(event, "RDATE"):
        starts.rdate(_wall(added, zone))
    for taken in _dates(event, "EXDATE"):
        starts.exdate(_wall(taken, zone))
    return starts


def _rule(event: Event, rule: Any, zone: tzinfo) -> str:
    """The rule as text, with UNTIL in wall-clock time like the start."""
    if rule.get("FREQ", [""])[0] not in _RARE:
        raise _fault(event, f"FREQ must be one of {', '.join(_RARE)}")
    parts = dict(rule)
    if "UNTIL" in parts:
        until = parts["UNTIL"][0]
        last = _wall(until, zone)
        parts["UNTIL"] = [last if isinstance(until, datetime) else last + timedelta(days=1)]
    return str(vRecur(parts).to_ical().decode())  # type: ignore[no-untyped-call]


def _recurrence_id(event: Event) -> tuple[str, date]:
    """The UID and the time of the occurrence that *event* replaces."""
    replaced: Any = event["RECURRENCE-ID"]
    if replaced.params.get("RANGE"):
        raise _fault(event, "RANGE is not supported: end the rule with UNTIL, and begin a new one")
    return _uid(event), replaced.dt


def _dates(event: Event, name: str) -> Iterator[date]:
    for group in _listed(event.get(name)):
        for each in group.dts:
            yield each.dt


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _uid(event: Event) -> str:
    return str(event.get("UID", ""))


def _zone_of(moment: date, zone: ZoneInfo) -> tzinfo:
    """The time zone of *moment*, or *zone* for a day or a time without one."""
    return (moment.tzinfo if isinstance(moment, datetime) else None) or zone


def _wall(moment: date, zone: tzinfo) -> datetime:
    """The wall-clock time of *moment* in *zone*, as a naive datetime; a day begins at midnight."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.min)
    return (moment.astimezone(zone) if moment.tzinfo else moment).replace(tzinfo=None)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _fault(event: Event, text: str) -> CalendarError:
    return CalendarError(f"event {event.get('SUMMARY', _uid(event))!s}: {text}")
