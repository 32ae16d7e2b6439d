"""Opening hours: a week of time spans in an IANA time zone, minus holidays.

A Directory entry looks like this:

    {"zone": "America/New_York", "holidays": "BEGIN:VCALENDAR...",
     "week": {"mon-thu": "09:00-12:30, 13:30-18:00", "fri": "09:00-15:00"}}

Spans are wall-clock times, unaffected by daylight saving time. A span that ends before it starts
continues past midnight; 24:00 is the end of a day.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pivotkit.core import telemetry
from pivotkit.core.speech import clock
from pivotkit.http.parameters import Value
from pivotkit.lookups.holidays import CalendarError, Holiday, Holidays, read_holidays
from pivotkit.store import Owned
from pivotkit.store.directory import Directory

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_DAYS_AHEAD = 60
"""Number of days to search ahead for the next opening."""

MOST_FAULTS = 10
"""Number of faults of a calendar that are logged."""

_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class HoursError(ValueError):
    """Invalid opening hours. The message names the field, the value, and the rule."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"opening hours: {field} is {value!r}: {rule}")


class Span(NamedTuple):
    """Minutes since midnight, from *start* to *end* (exclusive); past 1440 means the next day."""

    start: int
    end: int


class Period(NamedTuple):
    """A part of a day that is the same throughout, from *start* to *end*, in the office's zone.

    *holiday* is `None` outside of holidays; the name of one may be empty.
    """

    start: datetime
    end: datetime
    open: bool
    holiday: str | None = None


@dataclass(frozen=True)
class Hours:
    """The opening hours of an office. *week* has seven days, starting with Monday."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    holidays: Holidays | None = None
    faults: tuple[str, ...] = ()
    """Errors of the calendar: of events that were left out, or of the calendar as a whole."""

    @classmethod
    def read(cls, entry: Mapping[str, Value]) -> "Hours":
        """Parse the hours in a Directory entry. Raises `HoursError`.

        With a calendar that cannot be read, the week applies alone.
        """
        zone = _zone(entry.get("zone"))
        week = _week(entry.get("week"))
        calendar = entry.get("holidays")
        if not calendar:
            return cls(zone, week)
        try:
            holidays = read_holidays(str(calendar), zone)
        except CalendarError as error:
            return cls(zone, week, faults=(str(error),))
        return cls(zone, week, holidays, holidays.faults)

    @property
    def lacks_calendar(self) -> bool:
        """Tell whether the entry has a calendar that cannot be read at all."""
        return bool(self.faults) and self.holidays is None

    def is_open(self, at: datetime) -> bool:
        """Tell whether the office is open at *at* (aware)."""
        return self._in_a_span(at) and self.holiday(at) is None

    def holiday(self, at: datetime) -> Holiday | None:
        """Return the holiday at *at* (aware), or `None`."""
        return self.holidays.on(at) if self.holidays else None

    def opens(self, at: datetime) -> datetime | None:
        """Return the first moment from *at* on at which the office is open, in its time zone.

        Returns `None` if it stays closed for 60 days. The office can open only at the edge of a
        span or holiday or at a clock change, so only these moments are checked.
        """
        if self.is_open(at):
            return at.astimezone(self.zone)
        today = at.astimezone(self.zone).date()
        # From yesterday on: a clock change may move its last edges into today.
        for ahead in range(-1, MAX_DAYS_AHEAD):
            moments = sorted(set(self._edges(today + timedelta(days=ahead))))
            found = next((each for each in moments if each > at and self.is_open(each)), None)
            if found:
                return found.astimezone(self.zone)
        return None

    def periods(self, day: date) -> list[Period]:
        """Return the parts of *day* in the office's time zone, in order: open, closed, holidays."""
        midnight = datetime.combine(day, time.min)
        start, end = (_utc(midnight + timedelta(days=each), self.zone) for each in (0, 1))
        moments = {each for each in self._changes(day, start, end) if start <= each < end}
        edges = [*sorted(moments | {start}), end]
        merged: list[Period] = []
        for period in map(self._period, edges, edges[1:]):
            if merged and merged[-1][2:] == period[2:]:
                merged[-1] = merged[-1]._replace(end=period.end)
            else:
                merged.append(period)
        return merged

    def _period(self, start: datetime, end: datetime) -> Period:
        holiday = self.holiday(start)
        name = holiday.name if holiday else None
        begin, until = (each.astimezone(self.zone) for each in (start, end))
        return Period(begin, until, self.is_open(start), name)

    def _changes(self, day: date, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the moments (UTC) at which *day* may go from one state to another."""
        for each in (day - timedelta(days=1), day):
            midnight = datetime.combine(each, time.min)
            for minute in (edge for span in self.week[each.weekday()] for edge in span):
                wall = midnight + minute * _MINUTE
                yield from (_utc(wall, self.zone, fold=fold) for fold in (0, 1))
        if changed := _clock_change(start, end, self.zone):
            yield changed
        for holiday in self.holidays.between(start, end) if self.holidays else ():
            yield from (holiday.start, holiday.end)

    def _in_a_span(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        today, yesterday = self.week[day], self.week[day - 1]
        return any(span.start <= minute < span.end for span in today) or any(
            minute + _DAY < span.end for span in yesterday
        )

    def _edges(self, day: date) -> Iterator[datetime]:
        """Yield the moments (UTC) of *day* at which the office might open."""
        midnight = datetime.combine(day, time.min)
        start, end = (_utc(midnight + timedelta(days=each), self.zone) for each in (0, 1))
        yield start
        for span in self.week[day.weekday()]:
            opening = midnight + span.start * _MINUTE
            yield from (_utc(opening, self.zone, fold=fold) for fold in (0, 1))
        if changed := _clock_change(start, end, self.zone):
            yield changed
        for holiday in self.holidays.between(start, end) if self.holidays else ():
            if start <= holiday.end < end:
                yield holiday.end


class Status(NamedTuple):
    """The state of an office: *open* or not and, if closed, the *holiday* and when it *opens*.

    *holiday* is `None` if there is none; *opens*, in the office's time zone, if it is not known.
    """

    open: bool
    holiday: str | None = None
    opens: datetime | None = None


class OfficeHours:
    """Each account's opening hours: Directory entries of kind `office_hours`, by office name."""

    def __init__(self) -> None:
        self._entries = Directory("office_hours")

    def status(self, owner: Owned, office: str, at: datetime) -> Status:
        """Return the status of *office*, one of *owner*'s account, at *at* (aware).

        Without an entry it is always open.

        Raises `StateUnavailable` and `HoursError`. Logs the faults of a calendar, and counts the
        metric `UnreadableCalendar` if nothing of it can be read.
        """
        entry = self._entries.of(owner).get(office)
        if entry is None:
            return Status(open=True)
        hours = Hours.read(entry)
        _report(hours)
        if hours.is_open(at):
            return Status(open=True)
        holiday = hours.holiday(at)
        return Status(open=False, holiday=holiday.name if holiday else None, opens=hours.opens(at))


def _report(hours: Hours) -> None:
    """Log the faults of the calendar: operators wrote it, so they contain no caller data."""
    if hours.faults:
        telemetry.logger().error("holidays", extra={"faults": hours.faults[:MOST_FAULTS]})
    if hours.lacks_calendar:
        telemetry.count("UnreadableCalendar")


def spoken_time(moment: datetime, now: datetime) -> str:
    """Write *moment* as people say it at *now*.

    Examples: `tomorrow at 9 AM`, `on Monday at 9 AM`, `on Monday, January 4 at 1:30 PM`.
    """
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    if days <= 1:
        return f"{'tomorrow' if days else 'today'} at {clock(moment)}"
    far = f", {moment:%B} {moment.day}" if days >= len(DAYS) else ""
    return f"on {moment:%A}{far} at {clock(moment)}"


def _utc(wall: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _clock_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The minute between *start* and *end* (UTC) at which the zone's clocks change, or `None`."""
    before = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return None
    low, high = 0, (end - start) // _MINUTE
    while high - low > 1:
        middle = (low + high) // 2
        same = (start + middle * _MINUTE).astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return start + high * _MINUTE


def _zone(name: Value) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, OSError, ValueError) as error:
        rule = "must be a time zone, such as America/New_York"
        raise HoursError("zone", name, rule) from error


def _week(value: Value) -> tuple[tuple[Span, ...], ...]:
    if not isinstance(value, dict):
        raise HoursError("week", value, "must be an object with days as keys")
    week: list[tuple[Span, ...]] = [()] * len(DAYS)
    for days, spans in value.items():
        for day in _days(days):
            week[day] += _spans(str(spans))
    return tuple(week)


def _days(text: str) -> range:
    """Parse the days in `mon` or `mon-fri`."""
    first, _, last = text.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
        raise HoursError("week", text, f"must be a day or a range of {', '.join(DAYS)}")
    return range(DAYS.index(first), DAYS.index(last) + 1)


@lru_cache(maxsize=64)
def _spans(text: str) -> tuple[Span, ...]:
    return tuple(_span(part.strip()) for part in text.split(",") if part.strip())


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    rule = "must be a span of times, such as 09:00-12:30"
    if not found:
        raise HoursError("week", text, rule)
    hour, minute, last_hour, last_minute = map(int, found.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or start >= _DAY or end > _DAY or start == end:  # noqa: PLR2004
        raise HoursError("week", text, rule)
    return Span(start, end if end > start else end + _DAY)
