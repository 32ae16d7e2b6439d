"""An office's week and its next days, drawn: what callers get, by the layer's own rules."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from hours_form import DAYS

if TYPE_CHECKING:
    from pivotkit.lookups.hours import Hours, Period

NEXT = 14
"""The days that are shown ahead."""

MINUTES = 1440
_NAMES = tuple(DAYS.values())


class Bar(NamedTuple):
    """A part of a day in the drawing: its place and width in minutes, and `open` or `holiday`."""

    at: int
    width: int
    kind: str


class Day(NamedTuple):
    """A day: its name, its bars, whether the office opens, and why or when, in words."""

    name: str
    bars: tuple[Bar, ...]
    opens: bool
    text: str


def week(hours: "Hours") -> list[Day]:
    """The week without holidays, from Monday on."""
    return [_plain(hours, day) for day in range(len(_NAMES))]


def next_days(hours: "Hours", now: datetime) -> Iterator[Day]:
    """The days from today on, in the office's time zone, with their holidays."""
    today = now.astimezone(hours.zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(NEXT)):
        yield _day(f"{day:%a} {day.day} {day:%b}", hours.periods(day), day)


def _plain(hours: "Hours", number: int) -> Day:
    before = [
        Bar(0, each.end - MINUTES, "open") for each in hours.week[number - 1] if each.end > MINUTES
    ]
    spans = [
        Bar(each.start, min(each.end, MINUTES) - each.start, "open") for each in hours.week[number]
    ]
    bars = tuple(sorted(before + spans))
    text = ", ".join(f"{_clock(bar.at)}-{_clock(bar.at + bar.width)}" for bar in bars)
    return Day(_NAMES[number], bars, bool(bars), text or "closed")


def _day(name: str, periods: "list[Period]", day: date) -> Day:
    found = [each for each in periods if each.open or each.holiday is not None]
    bars = tuple(_bar(each, day) for each in found)
    opens = any(each.open for each in periods)
    holidays = dict.fromkeys(
        each.holiday or "a holiday without a name" for each in periods if each.holiday is not None
    )
    spans = ", ".join(_span(each, day) for each in periods if each.open)
    reason = ", ".join(holidays)
    if opens:
        return Day(name, bars, opens, f"{spans} (closed for {reason})" if reason else spans)
    return Day(name, bars, opens, reason or f"no hours on {day:%A}s")


def _bar(period: "Period", day: date) -> Bar:
    start, end = _minute(period.start, day), _minute(period.end, day)
    return Bar(start, max(0, end - start), "open" if period.open else "holiday")


def _span(period: "Period", day: date) -> str:
    return f"{_clock(_minute(period.start, day))}-{_clock(_minute(period.end, day))}"


def _minute(moment: datetime, day: date) -> int:
    """The minute of *day* on the clock; the end of the day for a moment after it."""
    return MINUTES if moment.date() > day else moment.hour * 60 + moment.minute


def _clock(minute: int) -> str:
    hour, minutes = divmod(minute, 60)
    return f"{hour:02}:{minutes:02}"
