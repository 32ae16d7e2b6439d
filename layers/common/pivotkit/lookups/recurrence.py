"""Recurrence rules of iCalendar (RRULE, RFC 5545), evaluated for a window of time.

Only the periods (years, months, weeks, or days) that overlap the window are looked at, so a rule
takes few steps however it is written, even if it never recurs.
"""

import calendar
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice, product
from typing import Any, NamedTuple

MAX_COUNTED = 1000
"""The most periods over which a rule with COUNT is followed."""
MAX_TIMES = 24
"""The most times of a day at which a rule may repeat an event."""

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_TIMES = {"BYHOUR": range(24), "BYMINUTE": range(60), "BYSECOND": range(60)}
_SIGNED = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_DAYS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "RSCALE", "SKIP"}
_KNOWN |= _TIMES.keys() | _SIGNED.keys()
_DAY = timedelta(days=1)


class RuleError(ValueError):
    """A recurrence rule that is not valid or not supported. The message names the part."""


class Weekday(NamedTuple):
    """A weekday (0 is Monday); the *nth* of a month or year, from its end if negative; 0: every."""

    day: int
    nth: int = 0


type _Filter = Callable[[date], bool]


@dataclass(frozen=True)
class Recurrence:
    """The starts of an event in naive wall-clock time: from *begin* until *until*."""

    begin: datetime
    until: datetime | None
    frequency: str
    interval: int
    week_start: int
    filters: tuple[_Filter, ...]
    times: tuple[time, ...]
    positions: frozenset[int]
    counted: tuple[datetime, ...] | None = None
    """All starts of a rule with COUNT."""

    def between(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Yield the starts from *first* to *last*, in order."""
        first, last = max(first, self.begin), min(last, self.until or last)
        if self.counted is not None:
            yield from (each for each in self.counted if first <= each <= last)
        elif first <= last:
            for days in self._periods(first.date(), last.date()):
                near = days if self.positions else _cut(days, first.date(), last.date())
                yield from (each for each in self._starts(near) if first <= each <= last)

    def first(self, count: int) -> tuple[datetime, ...]:
        """Return the first *count* starts. Raises `RuleError` if they are too far apart."""
        if count < 1:
            raise RuleError("COUNT must be 1 or more")
        found: list[datetime] = []
        for days in islice(self._periods(self.begin.date(), date.max), MAX_COUNTED):
            found += [each for each in self._starts(days) if each >= self.begin]
            if len(found) >= count:
                return tuple(found[:count])
        raise RuleError(f"COUNT reaches over more than {MAX_COUNTED} periods: write UNTIL instead")

    def _starts(self, days: range) -> list[datetime]:
        """The starts in one period, given as ordinals of days."""
        fitting = (day for day in map(date.fromordinal, days) if self._fits(day))
        starts = [datetime.combine(day, clock) for day in fitting for clock in self.times]
        if not self.positions:
            return starts
        count = len(starts)
        at = sorted({each - 1 if each > 0 else count + each for each in self.positions})
        return [starts[each] for each in at if 0 <= each < count]

    def _fits(self, day: date) -> bool:
        return all(fits(day) for fits in self.filters)

    def _periods(self, first: date, last: date) -> Iterator[range]:
        """The periods that overlap *first* to *last*, each as ordinals of its days."""
        index = self._index(first)
        while (days := self._period(index)) and days.start <= last.toordinal():
            yield days
            index += self.interval

    def _index(self, day: date) -> int:
        """The number of the last period that begins up to *day*, counted from the first one."""
        begin = self.begin.date()
        match self.frequency:
            case "YEARLY":
                passed = day.year - begin.year
            case "MONTHLY":
                passed = (day.year - begin.year) * 12 + day.month - begin.month
            case "WEEKLY":
                passed = (day.toordinal() - self._week_of(begin)) // 7
            case _:
                passed = (day - begin).days
        return passed // self.interval * self.interval

    def _period(self, index: int) -> range:
        """The days of a period, as ordinals; none after the year 9999."""
        begin = self.begin.date()
        match self.frequency:
            case "YEARLY":
                year, month, months = begin.year + index, 1, 12
            case "MONTHLY":
                years, month = divmod(begin.month - 1 + index, 12)
                year, month, months = begin.year + years, month + 1, 1
            case "WEEKLY":
                return _days(self._week_of(begin) + 7 * index, 7)
            case _:
                return _days(begin.toordinal() + index, 1)
        if year > date.max.year:
            return range(0)
        start = date(year, month, 1).toordinal()
        return _days(start, 365 + calendar.isleap(year) if months > 1 else _length(year, month))

    def _week_of(self, day: date) -> int:
        """The ordinal of the first day of the week of *day*."""
        return day.toordinal() - (day.weekday() - self.week_start) % 7


def recurrence(
    rule: Mapping[str, Any], begin: datetime, until: datetime | None = None
) -> Recurrence:
    """Return the recurrence by *rule*, as icalendar reads it. Raises `RuleError`.

    *until* is its UNTIL in wall-clock time. Parts that begin with X- are ignored, and an INTERVAL
    of 0 is read as 1.
    """
    parts = _checked(rule)
    found = Recurrence(
        begin=begin,
        until=until,
        frequency=_frequency(parts),
        interval=_number(parts, "INTERVAL", 1) or 1,
        week_start=_weekday(str(_first(parts, "WKST", "MO"))).day,
        filters=tuple(_filters(parts, begin)),
        times=_times(parts, begin),
        positions=frozenset(_signed(parts, "BYSETPOS")),
    )
    if "COUNT" not in parts:
        return found
    return replace(found, counted=found.first(_number(parts, "COUNT", 1)))


# -- the parts of a rule ---------------------------------------------------------------------------


def _checked(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The parts by name, as lists. Raises `RuleError` for one that is not known."""
    named = {name.strip().upper(): value for name, value in rule.items()}
    parts = {
        name: value if isinstance(value, list) else [value]
        for name, value in named.items()
        if not name.startswith("X-")
    }
    for name in parts.keys() - _KNOWN:
        raise RuleError(f"{name} is not a part of a rule: remove it")
    if str(_first(parts, "RSCALE", "GREGORIAN")).upper() != "GREGORIAN":
        raise RuleError("RSCALE must be GREGORIAN")
    return parts


def _frequency(parts: Mapping[str, Any]) -> str:
    frequency = str(_first(parts, "FREQ", "")).upper()
    if frequency not in FREQUENCIES:
        raise RuleError(f"FREQ must be one of {', '.join(FREQUENCIES)}")
    return frequency


def _filters(parts: Mapping[str, Any], begin: datetime) -> Iterator[_Filter]:
    """The conditions for a day; where the rule has none, those that follow from its start."""
    frequency = _frequency(parts)
    plain = not any(name in parts for name in _DAYS)
    months = _numbers(parts, "BYMONTH", range(1, 13))
    month_days = _signed(parts, "BYMONTHDAY")
    weekdays = {_weekday(str(each)) for each in parts.get("BYDAY", ())}
    if plain and frequency == "YEARLY":
        months = months or {begin.month}
    if plain and frequency in ("YEARLY", "MONTHLY"):
        month_days = {begin.day}
    if plain and frequency == "WEEKLY":
        weekdays = {Weekday(begin.weekday())}
    if months:
        yield lambda day: day.month in months
    if month_days:
        yield lambda day: not month_days.isdisjoint(_places(day.day, _length(day.year, day.month)))
    if year_days := _signed(parts, "BYYEARDAY"):
        yield lambda day: not year_days.isdisjoint(_year_places(day))
    if weeks := _signed(parts, "BYWEEKNO"):
        week_start = _weekday(str(_first(parts, "WKST", "MO"))).day
        yield lambda day: not weeks.isdisjoint(_week_places(day, week_start))
    if weekdays:
        yield _weekday_filter(frequency, weekdays, in_year=not months)


def _weekday_filter(frequency: str, weekdays: set[Weekday], *, in_year: bool) -> _Filter:
    """The condition of BYDAY: weekdays, or the nth ones of their month or year."""
    if frequency in ("DAILY", "WEEKLY"):
        every = {each.day for each in weekdays}
        return lambda day: day.weekday() in every
    of_year = frequency == "YEARLY" and in_year

    def fits(day: date) -> bool:
        places = _year_places(day) if of_year else _places(day.day, _length(day.year, day.month))
        nths = (0, (places[0] - 1) // 7 + 1, -((-places[1] - 1) // 7 + 1))
        return any(Weekday(day.weekday(), nth) in weekdays for nth in nths)

    return fits


def _times(parts: Mapping[str, Any], begin: datetime) -> tuple[time, ...]:
    """The times of a day, in order. Raises `RuleError` for too many."""
    defaults = (begin.hour, begin.minute, begin.second)
    hours, minutes, seconds = (
        sorted(_numbers(parts, name, allowed)) or [default]
        for (name, allowed), default in zip(_TIMES.items(), defaults, strict=True)
    )
    if len(hours) * len(minutes) * len(seconds) > MAX_TIMES:
        raise RuleError(f"it must not recur more than {MAX_TIMES} times a day")
    return tuple(map(time, *zip(*product(hours, minutes, seconds), strict=True)))


def _weekday(text: str) -> Weekday:
    """The weekday in `TU`, `2TU`, or `-1TU`."""
    name, nth = text[-2:].upper(), text[:-2]
    try:
        found = Weekday(WEEKDAYS.index(name), int(nth or 0))
    except ValueError as error:
        raise RuleError(f"BYDAY is {text!r}: must be a weekday, such as MO or -1MO") from error
    return found


def _number(parts: Mapping[str, Any], name: str, default: int) -> int:
    number = int(_first(parts, name, default))
    if number < 0:
        raise RuleError(f"{name} must be 1 or more")
    return number


def _numbers(parts: Mapping[str, Any], name: str, allowed: range) -> set[int]:
    found = {int(each) for each in parts.get(name, ())}
    for each in found - set(allowed):
        raise RuleError(f"{name} is {each}: must be {allowed[0]} to {allowed[-1]}")
    return found


def _signed(parts: Mapping[str, Any], name: str) -> set[int]:
    """Numbers from 1 on, or from -1 on to count from the end."""
    most = _SIGNED[name]
    found = {int(each) for each in parts.get(name, ())}
    for each in found:
        if not 1 <= abs(each) <= most:
            raise RuleError(f"{name} is {each}: must be 1 to {most}, or -{most} to -1")
    return found


def _first(parts: Mapping[str, Any], name: str, default: object) -> Any:
    return next(iter(parts.get(name, ())), default)


# -- places in a calendar --------------------------------------------------------------------------


def _places(number: int, length: int) -> tuple[int, int]:
    """A place among *length*: from the start, 1 is the first; from the end, -1 is the last."""
    return number, number - length - 1


def _year_places(day: date) -> tuple[int, int]:
    return _places(day.timetuple().tm_yday, 365 + calendar.isleap(day.year))


def _week_places(day: date, week_start: int) -> tuple[int, int]:
    """The number of a day's week in the year that has most of the week."""
    middle = day.toordinal() - (day.weekday() - week_start) % 7 + 3
    year = date.fromordinal(middle).year
    first = date(year, 1, 4)  # always in week 1, as December 28 is in the last one
    start = first.toordinal() - (first.weekday() - week_start) % 7
    last = date(year, 12, 28).toordinal()
    return _places((middle - start) // 7 + 1, (last - start) // 7 + 1)


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _days(start: int, length: int) -> range:
    """A range of ordinals within the calendar, which ends with the year 9999."""
    return range(max(start, 1), min(start + length, date.max.toordinal() + 1))


def _cut(days: range, first: date, last: date) -> range:
    return range(max(days.start, first.toordinal()), min(days.stop, last.toordinal() + 1))
