"""Holidays from iCalendar text (RFC 5545): recurring, moved, or canceled, for days or hours.

Every event is a holiday. Events recur in their own wall-clock time, so daylight saving time does
not shift them; events without a known time zone are in the office's. An event that cannot be read
is left out, and named in `Holidays.faults`. The work is bounded, whatever the rules say.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from pivotkit.lookups.recurrence import Recurrence, RuleError, recurrence

MAX_EVENTS = 1000
"""The most events that are read of a calendar."""

_LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_BOM = "\ufeff"
_BEGIN = re.compile(r"^BEGIN:VCALENDAR[ \t]*$", re.MULTILINE | re.IGNORECASE)
_NOT_VALID = "the calendar is not valid iCalendar text"
_BAD = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)
"""The errors of iCalendar's library for text that is not valid."""


class CalendarError(ValueError):
    """A calendar of which nothing can be read. The message names the first error."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday, from *start* to *end* (exclusive), both in UTC."""

    name: str
    start: datetime
    end: datetime


class _Span(NamedTuple):
    """A single occurrence, in wall-clock time."""

    start: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class _Series:
    """An event with all its recurrences; times are wall-clock times in *zone*."""

    name: str
    zone: tzinfo
    length: timedelta
    rules: tuple[Recurrence, ...]
    without: frozenset[date]
    """Excluded starts: datetimes, and dates for all starts of a day."""
    single: tuple[Holiday, ...] = ()
    """Occurrences that follow no rule."""

    def between(self, start: datetime, end: datetime) -> Iterator[Holiday]:
        first, last = (_wall(moment, self.zone) for moment in (start, end))
        for rule in self.rules:
            for begin in rule.between(first - self.length, last):
                yield from self.at(_Span(begin, self.length))
        yield from self.single

    def at(self, span: _Span) -> Iterator[Holiday]:
        """The occurrence of *span*, unless it is excluded."""
        if span.start not in self.without and span.start.date() not in self.without:
            end = span.start + span.length
            yield Holiday(self.name, _instant(span.start, self.zone), _instant(end, self.zone))


class Holidays:
    """All holidays of one calendar. *faults* describes the events that were left out."""

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        """Read *text*; dates are days in *zone*. Raises `CalendarError` if nothing is readable."""
        self._zone = zone
        self._months: dict[tuple[int, int], tuple[Holiday, ...]] = {}
        faults: list[str] = []
        self._series = tuple(_all_series(text, zone, faults))
        self.faults = tuple(faults)
        if faults and not self._series:
            raise CalendarError(faults[0])

    def between(self, start: datetime, end: datetime) -> list[Holiday]:
        """Return the holidays that overlap *start* to *end* (aware), in order."""
        found = {each for month in _months(start, end) for each in self._in_month(month)}
        touching = [each for each in found if each.start < end and each.end > start]
        return sorted(touching, key=lambda each: (each.start, each.end, each.name))

    def on(self, at: datetime) -> Holiday | None:
        """Return the holiday at *at* (aware), or `None`; of several, the one that began first."""
        return next(iter(self.between(at, at + _INSTANT)), None)

    def _in_month(self, month: tuple[int, int]) -> tuple[Holiday, ...]:
        """The holidays of a month in UTC, which are found once."""
        if month not in self._months:
            start = datetime(*month, 1, tzinfo=UTC)
            end = datetime(*_next(month), 1, tzinfo=UTC)
            found = (each for series in self._series for each in series.between(start, end))
            self._months[month] = tuple(
                each for each in found if each.start < end and each.end > start
            )
        return self._months[month]


@lru_cache(maxsize=8)
def read_holidays(text: str, zone: ZoneInfo) -> Holidays:
    """Parse the holidays in *text*, and cache the result. Raises `CalendarError`."""
    return Holidays(text, zone)


# -- reading ---------------------------------------------------------------------------------------


def _all_series(text: str, zone: ZoneInfo, faults: list[str]) -> Iterator[_Series]:
    """The events of all calendars in *text*; adds what cannot be read to *faults*."""
    left = MAX_EVENTS
    for calendar in _calendars(text, faults):
        events = [each for each in calendar.walk("VEVENT") if isinstance(each, Event)]
        if len(events) > left:
            faults.append(f"the calendar has more than {MAX_EVENTS} events: remove old ones")
        events = events[:left]
        left -= len(events)
        replaced = list(_replaced(events))
        for event in events:
            if event.get("STATUS") != "CANCELLED":
                yield from _readable(event, zone, replaced, faults)


def _calendars(text: str, faults: list[str]) -> Iterator[Calendar]:
    """The calendars in *text*. One that is broken does not hide the others."""
    lines = text.replace(_BOM, "").replace("\r\n", "\n").replace("\r", "\n")
    head, *parts = _BEGIN.split(lines)
    if head.strip() or not parts:
        faults.append(f"{_NOT_VALID}: it must begin with BEGIN:VCALENDAR")
    for part in parts:
        try:
            yield _parsed(f"BEGIN:VCALENDAR\n{part}")
        except _BAD as error:
            faults.append(f"{_NOT_VALID}: {error}")


def _parsed(text: str) -> Calendar:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of each time zone that it guesses
        return Calendar.from_ical(text)


def _readable(
    event: Event, zone: ZoneInfo, replaced: Iterable[tuple[str, date]], faults: list[str]
) -> Iterator[_Series]:
    moved = [moment for uid, moment in replaced if uid == _uid(event)]
    try:
        if "RECURRENCE-ID" in event:
            _recurrence_id(event)
            moved = []
        yield _series(event, zone, moved)
    except _BAD as error:
        faults.append(_fault(event, error))


def _replaced(events: Iterable[Event]) -> Iterator[tuple[str, date]]:
    """The UID and the time of each occurrence that another event replaces."""
    for event in events:
        if "RECURRENCE-ID" not in event:
            continue
        with suppress(*_BAD):  # `_readable` names the fault
            yield _uid(event), _recurrence_id(event)


def _recurrence_id(event: Event) -> date:
    """The time of the occurrence that *event* replaces. Raises `_BAD`."""
    replaced: Any = event["RECURRENCE-ID"]
    if replaced.params.get("RANGE"):
        raise RuleError("RANGE is not supported: end the rule with UNTIL, and begin a new one")
    moment: date = replaced.dt
    return moment


def _series(event: Event, zone: ZoneInfo, moved: list[date]) -> _Series:
    """The series of *event*, without the occurrences that were *moved*. Raises `_BAD`."""
    start = event.start
    home = _zone_of(start, zone)
    begin = _wall(start, home)
    length = _length(event, home)
    rules = [recurrence(rule, begin, _until(rule, home)) for rule in _listed(event.get("RRULE"))]
    spans = [] if rules else [_Span(begin, length)]
    spans += [_span(each, length, home) for each in _dates(event, "RDATE")]
    without = [*_dates(event, "EXDATE"), *moved]
    series = _Series(
        name=_name(event),
        zone=home,
        length=length,
        rules=tuple(rules),
        without=frozenset(_excluded(each, start, home) for each in without),
    )
    return replace(series, single=tuple(each for span in spans for each in series.at(span)))


def _length(event: Event, zone: tzinfo) -> timedelta:
    """The length of *event*. A whole day that ends where it starts is one day long."""
    length = _wall(event.end, zone) - _wall(event.start, zone)
    if not length and not isinstance(event.start, datetime):
        return _DAY
    shortest = timedelta() if "RDATE" in event else _INSTANT  # its periods have their own length
    if not shortest <= length <= _LONGEST:
        raise ValueError("it must end after its start, within a year")
    return length


def _span(added: Any, length: timedelta, zone: tzinfo) -> _Span:
    """The occurrence that an RDATE adds: a start, or a PERIOD with its own end or duration."""
    if not isinstance(added, tuple):
        return _Span(_wall(added, zone), length)
    start, end = added
    begin = _wall(start, zone)
    own = end if isinstance(end, timedelta) else _wall(end, zone) - begin
    if not timedelta() < own <= _LONGEST:
        raise ValueError("a PERIOD must end after its start, within a year")
    return _Span(begin, own)


def _excluded(moment: date, start: date, zone: tzinfo) -> date:
    """The start to exclude; a date stands for the day, as in a series of whole days."""
    if not isinstance(moment, datetime):
        return moment
    return _wall(moment, zone) if isinstance(start, datetime) else moment.date()


def _until(rule: Any, zone: tzinfo) -> datetime | None:
    """The last wall-clock time at which an occurrence may start; the end of its day for a date."""
    if "UNTIL" not in rule:
        return None
    until = rule["UNTIL"][0]
    last = _wall(until, zone)
    return last if isinstance(until, datetime) else last + _DAY - _INSTANT


def _dates(event: Event, name: str) -> Iterator[Any]:
    for group in _listed(event.get(name)):
        for each in group.dts:
            yield each.dt


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _name(event: Event) -> str:
    return str(next(iter(_listed(event.get("SUMMARY"))), ""))


def _uid(event: Event) -> str:
    return str(event.get("UID", ""))


def _fault(event: Event, error: object) -> str:
    """A fault of *event*: the library's own, if it has one, because it names the property."""
    rule = error if isinstance(error, RuleError) or not event.errors else event.errors[0][1]
    return f"event {_name(event) or _uid(event)}: {rule}"


# -- times -----------------------------------------------------------------------------------------


def _months(start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """The months, in UTC, from *start* to *end*."""
    first, last = (moment.astimezone(UTC) for moment in (start, end))
    month = (first.year, first.month)
    while month <= (last.year, last.month):
        yield month
        month = _next(month)


def _next(month: tuple[int, int]) -> tuple[int, int]:
    year, number = month
    return (year + number // 12, number % 12 + 1)


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
