"""Holidays from iCalendar: recurring, moved, canceled, partial days, and other time zones."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.lookups.holidays import MAX_EVENTS, CalendarError, Holidays, read_holidays
from pivotkit.lookups.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")

type TraceFunction = Callable[[FrameType, str, object], TraceFunction] | None


def event(*lines: str) -> str:
    """An event with the given lines."""
    return "\r\n".join(["BEGIN:VEVENT", "DTSTAMP:20250101T000000Z", *lines, "END:VEVENT"])


def calendar(*events: str) -> str:
    """A calendar with the given events."""
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", ""])


def named(text: str, moment: str) -> str | None:
    """The name of the holiday in Berlin at the local time *moment*."""
    holiday = Holidays(text, BERLIN).on(datetime.fromisoformat(moment).replace(tzinfo=BERLIN))
    return holiday.name if holiday else None


CHRISTMAS = event(
    "UID:christmas", "SUMMARY:Christmas", "DTSTART;VALUE=DATE:20201225",
    "DTEND;VALUE=DATE:20201227", "RRULE:FREQ=YEARLY",
)  # fmt: skip
THANKSGIVING = event(
    "UID:thanks", "SUMMARY:Thanksgiving", "DTSTART;VALUE=DATE:20201126",
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "EXDATE;VALUE=DATE:20241128",
)  # fmt: skip
MOVED = event(
    "UID:christmas", "SUMMARY:Christmas observed", "RECURRENCE-ID;VALUE=DATE:20271225",
    "DTSTART;VALUE=DATE:20271227", "DTEND;VALUE=DATE:20271229",
)  # fmt: skip
CANCELLED = event(
    "UID:christmas", "STATUS:CANCELLED", "RECURRENCE-ID;VALUE=DATE:20281225",
    "DTSTART;VALUE=DATE:20281225",
)  # fmt: skip
OUTING = event(
    "UID:outing", "SUMMARY:Outing", "DTSTART;TZID=America/New_York:20260701T080000",
    "DURATION:PT4H", "RDATE;TZID=America/New_York:20261201T080000",
)  # fmt: skip
CLEANING = event(
    "UID:cleaning", "SUMMARY:Cleaning", "DTSTART;TZID=Europe/Berlin:20260105T070000",
    "DTEND;TZID=Europe/Berlin:20260105T090000", "RRULE:FREQ=WEEKLY;UNTIL=20260330T050000Z",
)  # fmt: skip
WINDOWS = event(
    "UID:windows", "SUMMARY:Lunch", "DTSTART;TZID=Eastern Standard Time:20260601T120000",
    "DURATION:PT1H",
)  # fmt: skip
FLOATING = event("UID:floating", "SUMMARY:Party", "DTSTART:20260601T120000", "DURATION:PT1H")
LAST = event(
    "UID:last", "SUMMARY:Last", "DTSTART;VALUE=DATE:20200501",
    "RRULE:FREQ=YEARLY;UNTIL=20260501",
)  # fmt: skip


@pytest.mark.parametrize(
    ("events", "moment", "name"),
    [
        ((CHRISTMAS,), "2026-12-24 23:59", None),
        ((CHRISTMAS,), "2026-12-25 00:00", "Christmas"),
        ((CHRISTMAS,), "2026-12-26 23:59", "Christmas"),
        ((CHRISTMAS,), "2026-12-27 00:00", None),
        ((CHRISTMAS,), "2019-12-25 12:00", None),
        ((THANKSGIVING,), "2026-11-26 12:00", "Thanksgiving"),
        ((THANKSGIVING,), "2027-11-25 12:00", "Thanksgiving"),
        ((THANKSGIVING,), "2024-11-28 12:00", None),
        ((CHRISTMAS, MOVED), "2027-12-25 12:00", None),
        ((CHRISTMAS, MOVED), "2027-12-27 12:00", "Christmas observed"),
        ((MOVED, CHRISTMAS), "2027-12-28 12:00", "Christmas observed"),
        ((CHRISTMAS, MOVED), "2026-12-25 12:00", "Christmas"),
        ((CHRISTMAS, CANCELLED), "2028-12-25 12:00", None),
        ((CHRISTMAS, CANCELLED), "2029-12-25 12:00", "Christmas"),
        ((OUTING,), "2026-07-01 13:59", None),
        ((OUTING,), "2026-07-01 14:00", "Outing"),
        ((OUTING,), "2026-07-01 17:59", "Outing"),
        ((OUTING,), "2026-07-01 18:00", None),
        ((OUTING,), "2026-12-01 14:00", "Outing"),
        ((CLEANING,), "2026-01-12 08:00", "Cleaning"),
        ((CLEANING,), "2026-03-30 07:30", "Cleaning"),
        ((CLEANING,), "2026-03-30 09:30", None),
        ((CLEANING,), "2026-04-06 08:00", None),
        ((FLOATING,), "2026-06-01 12:30", "Party"),
        ((WINDOWS,), "2026-06-01 18:30", "Lunch"),
        ((WINDOWS,), "2026-06-01 12:30", None),
        ((LAST,), "2026-05-01 12:00", "Last"),
        ((LAST,), "2027-05-01 12:00", None),
        ((), "2026-12-25 12:00", None),
    ],
)
def test_holidays(events: tuple[str, ...], moment: str, name: str | None) -> None:
    """A holiday follows its dates, rules, exceptions, and moved days, in wall-clock time."""
    assert named(calendar(*events), moment) == name


def test_a_day_is_the_offices_own() -> None:
    """A day begins and ends at midnight in the office's zone, even when clocks change."""
    sunday = event("UID:x", "SUMMARY:Change", "DTSTART;VALUE=DATE:20261025")
    found = Holidays(calendar(sunday), BERLIN).between(
        datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    )
    assert [(each.start, each.end) for each in found] == [
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))
    ]


def test_of_two_holidays_the_earlier_is_told() -> None:
    """Of overlapping holidays, the one that began first is named."""
    text = calendar(
        event("UID:b", "SUMMARY:Second", "DTSTART;VALUE=DATE:20260602"),
        event("UID:a", "SUMMARY:First", "DTSTART;VALUE=DATE:20260601", "DURATION:P3D"),
    )
    assert named(text, "2026-06-02 12:00") == "First"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no calendar", "not valid iCalendar text"),
        (calendar(event("UID:x", "SUMMARY:Lost")), "event Lost"),
        (calendar(event("UID:x", "SUMMARY:S", "DTSTART:20260101T000000Z", "DURATION:PT1H",
                        "RRULE:FREQ=SECONDLY")), "FREQ must be one of"),
        (calendar(event("UID:x", "SUMMARY:S", "DTSTART;VALUE=DATE:20260101",
                        "RRULE:FREQ=YEARLY;BYDAY=9XX")), "event S|no iCalendar"),
        (calendar(event("UID:x", "SUMMARY:B", "DTSTART;VALUE=DATE:20260102",
                        "DTEND;VALUE=DATE:20260101")), "event B"),
        (calendar(event("UID:x", "SUMMARY:L", "DTSTART;VALUE=DATE:20260102",
                        "DTEND;VALUE=DATE:20290101")), "within a year"),
        (calendar(event("UID:x", "SUMMARY:R", "DTSTART;VALUE=DATE:20260102",
                        "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260101")), "RANGE"),
    ],
)  # fmt: skip
def test_calendars_that_cannot_be_read(text: str, message: str) -> None:
    """A calendar of which nothing can be read is rejected, and the error names the event."""
    with pytest.raises(CalendarError, match=message):
        Holidays(text, BERLIN)


BAD_EVENTS = {
    "no start": ("DTEND;VALUE=DATE:20261226",),
    "an invalid date": ("DTSTART;VALUE=DATE:20261399",),
    "two starts": ("DTSTART;VALUE=DATE:20260101", "DTSTART;VALUE=DATE:20260102"),
    "an end before the start": ("DTSTART;VALUE=DATE:20260102", "DTEND;VALUE=DATE:20260101"),
    "no length": ("DTSTART:20260102T100000",),
    "more than a year": ("DTSTART;VALUE=DATE:20260102", "DTEND;VALUE=DATE:20290101"),
    "an invalid weekday": ("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;BYDAY=9XX"),
    "an invalid month": ("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;BYMONTH=99"),
    "an invalid UNTIL": ("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;UNTIL=soon"),
    "an unknown part": ("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;BYMOON=1"),
    "no frequency": ("DTSTART;VALUE=DATE:20260102", "RRULE:INTERVAL=2"),
    "a count of 0": ("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;COUNT=0"),
    "a negative interval": ("DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=YEARLY;INTERVAL=-1"),
    "another calendar system": (
        "DTSTART;VALUE=DATE:20260102",
        "RRULE:RSCALE=CHINESE;FREQ=YEARLY",
    ),
    "a period that ends before its start": (
        "DTSTART:20260102T100000",
        "RDATE;VALUE=PERIOD:20260202T100000/20260201T100000",
    ),
    "a day before the calendar": ("DTSTART;VALUE=DATE:00010101",),
    "a day after the calendar": ("DTSTART;VALUE=DATE:99991231",),
    "every minute": (
        "DTSTART:20260102T100000",
        "DURATION:PT1H",
        f"RRULE:FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))}",
    ),
}


@pytest.mark.parametrize("lines", BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_one_bad_event_hides_no_others(lines: tuple[str, ...]) -> None:
    """An event that cannot be read is left out and named, and all others are holidays."""
    text = calendar(event("UID:draft", "SUMMARY:Draft", *lines), CHRISTMAS, OUTING)
    assert named(text, "2026-12-25 12:00") == "Christmas"
    assert named(text, "2026-07-01 14:00") == "Outing"
    (fault,) = Holidays(text, BERLIN).faults
    assert fault.startswith("event Draft: ")


NEW_YEAR = event("UID:christmas", "SUMMARY:New Year", "DTSTART;VALUE=DATE:20260101")
FOLDED = (
    calendar(CHRISTMAS)
    .replace("SUMMARY:Christmas", "SUMMARY:Chr\r\n istmas")
    .replace("DTEND;VALUE=DATE:20201227", "DTEND;VALUE=D\r\n\tATE:20201227")
)
FILES = {
    "a byte order mark": "\ufeff" + calendar(CHRISTMAS),
    "line feeds": calendar(CHRISTMAS).replace("\r\n", "\n"),
    "carriage returns": calendar(CHRISTMAS).replace("\r\n", "\r"),
    "blank lines": calendar(CHRISTMAS).replace("\r\n", "\r\n\r\n"),
    "folded lines": FOLDED,
    "lines folded with line feeds": FOLDED.replace("\r\n", "\n"),
    "two calendars": calendar(NEW_YEAR) + calendar(CHRISTMAS),
    "two calendars, each with a byte order mark": "".join(
        f"\ufeff{calendar(each)}" for each in (NEW_YEAR, CHRISTMAS)
    ),
    "a broken calendar in front": "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n" + calendar(CHRISTMAS),
    "an HTML page in front": "<p>Holidays</p>\r\n" + calendar(CHRISTMAS),
    "lower case": calendar(CHRISTMAS).lower().replace("christmas", "Christmas"),
    "other properties": calendar(CHRISTMAS).replace(
        "RRULE", "X-FOO;X-BAR=1:2\r\nnonsense\r\nRRULE"
    ),
    "an alarm": calendar(CHRISTMAS).replace(
        "RRULE", "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:DISPLAY\r\nEND:VALARM\r\nRRULE"
    ),
    "an end on the day of the start": calendar(CHRISTMAS).replace("20201227", "20201225"),
    "an interval of 0": calendar(CHRISTMAS).replace("YEARLY", "YEARLY;INTERVAL=0"),
    "a part of a vendor": calendar(CHRISTMAS).replace("YEARLY", "YEARLY;X-FOO=1"),
    "a space in a rule": calendar(CHRISTMAS).replace("YEARLY", "YEARLY; INTERVAL=1"),
    "the calendar system by name": calendar(CHRISTMAS).replace(
        "FREQ=YEARLY", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD"
    ),
    "free time": calendar(CHRISTMAS).replace("RRULE", "TRANSP:TRANSPARENT\r\nRRULE"),
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_files_that_people_have(text: str) -> None:
    """Calendars are read as programs and governments write them."""
    assert named(text, "2026-12-25 12:00") == "Christmas"
    assert named(text, "2026-12-24 12:00") is None


def test_calendars_in_one_file_are_apart() -> None:
    """An event moves an occurrence of its own calendar, not one of a calendar beside it."""
    text = calendar(CHRISTMAS) + calendar(MOVED)
    assert named(text, "2027-12-25 12:00") == "Christmas"
    assert named(text, "2027-12-27 12:00") == "Christmas observed"


MEETING = (
    "UID:meeting", "SUMMARY:Meeting", "DTSTART;TZID=America/New_York:20260105T120000",
    "DTEND;TZID=America/New_York:20260105T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO",
)  # fmt: skip
PERIODS = event(
    "UID:periods", "SUMMARY:Repairs", "DTSTART;TZID=Europe/Berlin:20260201T100000",
    "DTEND;TZID=Europe/Berlin:20260201T110000",
    "RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260301T100000/20260301T130000,20260401T100000/PT2H",
)  # fmt: skip


@pytest.mark.parametrize(
    ("events", "moment", "name"),
    [
        ((event(*MEETING),), "2026-12-28 19:00", "Meeting"),
        ((event(*MEETING, "EXDATE;VALUE=DATE:20261228"),), "2026-12-28 19:00", None),
        ((event(*MEETING, "EXDATE;VALUE=DATE:20261228"),), "2026-12-21 19:00", "Meeting"),
        ((event(*MEETING, "EXDATE:20261228T170000Z"),), "2026-12-28 19:00", None),
        (
            (
                event(*MEETING),
                event("UID:meeting", "SUMMARY:Moved", "RECURRENCE-ID;VALUE=DATE:20261228",
                      "DTSTART:20261229T120000", "DURATION:PT1H"),
            ),
            "2026-12-28 19:00",
            None,
        ),
        ((CHRISTMAS.replace("RRULE", "EXDATE:20261225T000000Z\r\nRRULE"),),
         "2026-12-25 12:00", None),
        ((PERIODS,), "2026-02-01 10:30", "Repairs"),
        ((PERIODS,), "2026-02-01 11:30", None),
        ((PERIODS,), "2026-03-01 12:30", "Repairs"),
        ((PERIODS,), "2026-04-01 11:30", "Repairs"),
        ((PERIODS,), "2026-04-01 12:30", None),
        ((event("UID:z", "SUMMARY:Z", "DTSTART;TZID=Nowhere/Land:20260601T120000",
                "DURATION:PT1H"),), "2026-06-01 12:30", "Z"),
        ((event("UID:z", "SUMMARY:Z", "DTSTART;TZID=W. Europe Standard Time:20260601T120000",
                "DURATION:PT1H"),), "2026-06-01 12:30", "Z"),
        ((event("UID:l", "SUMMARY:Leap", "DTSTART;VALUE=DATE:20200229",
                "RRULE:FREQ=YEARLY"),), "2028-02-29 12:00", "Leap"),
        ((event("UID:c", "SUMMARY:Counted", "DTSTART;VALUE=DATE:20251225",
                "RRULE:FREQ=YEARLY;COUNT=2"),), "2026-12-25 12:00", "Counted"),
        ((event("UID:c", "SUMMARY:Counted", "DTSTART;VALUE=DATE:20251225",
                "RRULE:FREQ=YEARLY;COUNT=2"),), "2027-12-25 12:00", None),
        ((event("UID:n", "SUMMARY:\r\n", "SUMMARY:Two", "DTSTART;VALUE=DATE:20251225"),),
         "2025-12-25 12:00", ""),
    ],
)  # fmt: skip
def test_exceptions_and_additions(events: tuple[str, ...], moment: str, name: str | None) -> None:
    """Dates exclude whole days, periods have their own length, unknown zones are the office's."""
    assert named(calendar(*events), moment) == name


ENDLESS = {
    "a day that no year has": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "a day that no month has": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "a week without its day": "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
    "counting what never comes": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
    "counting far": "FREQ=DAILY;COUNT=999999999",
    "a huge interval": "FREQ=YEARLY;INTERVAL=999999999",
    "a huge interval of days": "FREQ=DAILY;INTERVAL=999999999",
    "no interval": "FREQ=DAILY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=30",
    "every day since the year 1": "FREQ=DAILY",
    "every second of an hour": "FREQ=DAILY;BYSECOND=" + ",".join(map(str, range(60))),
}


@pytest.mark.parametrize("rule", ENDLESS.values(), ids=ENDLESS)
def test_rules_that_never_end(rule: str) -> None:
    """A rule that never recurs, or since the year 1, takes a bounded number of steps."""
    endless = event("UID:x", "SUMMARY:Endless", "DTSTART:00010101T000000", "DURATION:PT1H",
                    f"RRULE:{rule}")  # fmt: skip
    holidays = Holidays(calendar(endless, CHRISTMAS), BERLIN)
    with steps_counted() as steps:
        found = holidays.on(datetime(2026, 12, 25, 12, tzinfo=BERLIN))
    assert found
    assert found.name == "Christmas"
    assert steps["lines"] < 200_000


@contextmanager
def steps_counted() -> Iterator[dict[str, int]]:
    """Count the lines of Python that run: a measure of time that no load changes."""
    steps = {"lines": 0}

    def count(_frame: FrameType, happened: str, _value: object) -> TraceFunction:
        steps["lines"] += happened == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield steps
    finally:
        sys.settrace(before)


def test_a_calendar_with_too_many_events() -> None:
    """Only the first thousand events are read, and the fault says so."""
    events = [
        event(f"UID:{each}", "SUMMARY:E", "DTSTART;VALUE=DATE:20260101")
        for each in range(MAX_EVENTS)
    ]
    holidays = Holidays(calendar(*events, CHRISTMAS), BERLIN)
    assert holidays.on(datetime(2026, 1, 1, 12, tzinfo=BERLIN))
    assert not holidays.on(datetime(2026, 12, 25, 12, tzinfo=BERLIN))
    assert holidays.faults == ("the calendar has more than 1000 events: remove old ones",)


@pytest.mark.parametrize("text", ["no calendar", "BEGIN:VCALENDAR"])
def test_the_week_holds_without_a_calendar(text: str) -> None:
    """With a calendar that cannot be read, the week applies alone, and the fault is kept."""
    entry = {"zone": "Europe/Berlin", "week": {"mon-fri": "09:00-17:00"}, "holidays": text}
    office = Hours.read(entry)  # type: ignore[arg-type]
    assert office.lacks_calendar
    assert "not valid iCalendar text" in office.faults[0]
    assert not office.is_open(datetime(2026, 6, 6, 12, tzinfo=BERLIN))
    assert office.is_open(datetime(2026, 12, 25, 12, tzinfo=BERLIN))


def test_a_calendar_is_read_once() -> None:
    """The same text in the same zone is parsed only once in a function's lifetime."""
    text = calendar(CHRISTMAS)
    assert read_holidays(text, BERLIN) is read_holidays(text, BERLIN)


@pytest.mark.parametrize(
    ("now", "open_", "opens"),
    [
        ("2026-12-24 12:00", True, "2026-12-24 12:00"),
        ("2026-12-25 12:00", False, "2026-12-28 09:00"),
        ("2026-06-01 12:10", False, "2026-06-01 13:00"),
    ],
)
def test_holidays_close_the_office(now: str, opens: str, *, open_: bool) -> None:
    """The office is closed on holidays and opens after them, even in the middle of a shift."""
    entry = {
        "zone": "Europe/Berlin",
        "week": {"mon-fri": "09:00-17:00"},
        "holidays": calendar(CHRISTMAS, FLOATING),
    }
    office = Hours.read(entry)  # type: ignore[arg-type]
    moment = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    assert office.is_open(moment) is open_
    assert office.opens(moment) == datetime.fromisoformat(opens).replace(tzinfo=BERLIN)


# -- anything that can be --------------------------------------------------------------------------

ZONES = st.sampled_from(["Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "UTC"])
STARTS = st.dates(date(2025, 1, 1), date(2026, 6, 1))
DAYS = st.dates(date(2025, 1, 1), date(2030, 1, 1))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(ZONES, STARTS, st.integers(1, 6), st.integers(1, 8), DAYS, CLOCKS)
def test_every_few_weeks(
    zone: str, start: date, days: int, interval: int, day: date, clock: time
) -> None:
    """A holiday of several days, every few weeks, is found where simple counting puts it."""
    text = calendar(
        event(
            "UID:x",
            "SUMMARY:Off",
            f"DTSTART;VALUE=DATE:{start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{start + timedelta(days=days):%Y%m%d}",
            f"RRULE:FREQ=WEEKLY;INTERVAL={interval}",
        )
    )
    # A clock reading that is skipped in spring is the moment an hour later, still on that day.
    moment = datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
    shown = moment.astimezone(ZoneInfo(zone)).date()
    off = shown >= start and (shown - start).days % (7 * interval) < days
    assert (Holidays(text, ZoneInfo(zone)).on(moment) is not None) is off
