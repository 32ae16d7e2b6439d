"""Holidays from iCalendar: recurring, moved, canceled, partial days, and other time zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.lookups.holidays import CalendarError, Holidays, read_holidays
from pivotkit.lookups.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")


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
        (calendar(event("UID:x", "SUMMARY:S", "DTSTART:20260101T000000Z",
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
    """A calendar with an invalid event is rejected as a whole, and the error names the event."""
    with pytest.raises(CalendarError, match=message):
        Holidays(text, BERLIN)


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
