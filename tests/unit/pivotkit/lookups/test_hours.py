"""Opening hours: split shifts, midnight, daylight saving time, and the next opening."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.http.parameters import Value
from pivotkit.lookups.hours import DAYS, Hours, HoursError, spoken_time

NEW_YORK, LISBON, CAIRO = "America/New_York", "Europe/Lisbon", "Africa/Cairo"
SHIFTS: dict[str, Value] = {"mon-thu": "09:00-12:30, 13:30-18:00", "fri": "09:00-15:00"}
NIGHT: dict[str, Value] = {"fri-sat": "22:00-03:00"}


def hours(week: dict[str, Value], zone: str = NEW_YORK, holidays: str = "") -> Hours:
    """Opening hours as read from the Directory."""
    return Hours.read({"zone": zone, "week": week, "holidays": holidays})


def at(text: str, zone: str = NEW_YORK, fold: int = 0) -> datetime:
    """A wall-clock time in *zone*; fold 0 is the first of a repeated hour."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 12:29:59", True),
        ("2026-11-23 12:30", False),
        ("2026-11-23 13:29", False),
        ("2026-11-23 13:30", True),
        ("2026-11-23 18:00", False),
        ("2026-11-27 14:59", True),
        ("2026-11-27 15:00", False),
        ("2026-11-28 10:00", False),
    ],
)
def test_split_shifts(moment: str, *, open_: bool) -> None:
    """An office is open from the start of a shift until its end, which is exclusive."""
    assert hours(SHIFTS).is_open(at(moment)) is open_


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-27 21:59", False),
        ("2026-11-27 23:59", True),
        ("2026-11-28 02:59", True),
        ("2026-11-28 03:00", False),
        ("2026-11-29 00:30", True),
        ("2026-11-30 00:30", False),
    ],
)
def test_a_shift_over_midnight(moment: str, *, open_: bool) -> None:
    """A shift that ends before it starts belongs to the day on which it starts."""
    assert hours(NIGHT).is_open(at(moment)) is open_


def test_the_whole_day() -> None:
    """A span that ends at 24:00 ends with the day."""
    always = hours({"mon": "00:00-24:00"})
    assert always.is_open(at("2026-11-23 23:59"))
    assert not always.is_open(at("2026-11-24 00:00"))


@pytest.mark.parametrize(
    ("moment", "zone", "fold", "week", "open_"),
    [
        ("2026-03-06 09:30", NEW_YORK, 0, {"fri": "09:00-17:00"}, True),
        ("2026-03-09 09:30", NEW_YORK, 0, {"mon": "09:00-17:00"}, True),
        ("2026-11-01 01:30", NEW_YORK, 0, {"sun": "01:00-02:00"}, True),
        ("2026-11-01 01:30", NEW_YORK, 1, {"sun": "01:00-02:00"}, True),
        ("2026-11-01 02:00", NEW_YORK, 0, {"sun": "01:00-02:00"}, False),
        ("2026-03-08 03:00", NEW_YORK, 0, {"sun": "02:15-02:45"}, False),
        ("2026-03-08 03:00", NEW_YORK, 0, {"sun": "02:15-03:45"}, True),
    ],
)
def test_the_clock_on_the_wall_counts(
    moment: str, zone: str, fold: int, week: dict[str, Value], *, open_: bool
) -> None:
    """Shifts follow the wall clock when clocks change, not UTC."""
    asked = at(moment, zone, fold).astimezone(UTC)
    assert hours(week, zone).is_open(asked) is open_


@pytest.mark.parametrize(
    ("week", "zone", "now", "opens"),
    [
        (SHIFTS, NEW_YORK, "2026-11-23 13:00", "2026-11-23 13:30"),
        (SHIFTS, NEW_YORK, "2026-11-23 18:00", "2026-11-24 09:00"),
        (SHIFTS, NEW_YORK, "2026-11-27 15:00", "2026-11-30 09:00"),
        (SHIFTS, NEW_YORK, "2026-11-23 10:00", "2026-11-23 10:00"),
        ({"sun": "02:30-04:00"}, NEW_YORK, "2026-03-07 12:00", "2026-03-08 03:00"),
        ({"sun": "02:15-02:45"}, NEW_YORK, "2026-03-07 12:00", "2026-03-15 02:15"),
        ({"thu": "23:00-23:30"}, CAIRO, "2026-10-29 23:45", "2026-10-29 23:00+02:00"),
        ({"fri": "00:00-01:30"}, CAIRO, "2026-04-23 12:00", "2026-04-24 01:00"),
        ({"sat": "10:00-11:00"}, LISBON, "2026-10-24 11:00", "2026-10-31 10:00"),
    ],
)
def test_the_next_opening(week: dict[str, Value], zone: str, now: str, opens: str) -> None:
    """The next opening is the first moment at which the office is open, even when clocks change."""
    expected = datetime.fromisoformat(opens)
    expected = expected if expected.tzinfo else at(opens, zone)
    found = hours(week, zone).opens(at(now, zone))
    assert found
    assert found.astimezone(UTC) == expected.astimezone(UTC)


def test_an_office_that_never_opens() -> None:
    """An office without hours never opens, and the search ends quickly."""
    assert hours({}).opens(at("2026-11-23 09:00")) is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"zone": "Mars/Olympus", "week": {}}, "zone is 'Mars/Olympus'"),
        ({"week": {}}, "zone is None"),
        ({"zone": "../../etc/passwd", "week": {}}, "zone is '../../etc/passwd'"),
        ({"zone": NEW_YORK}, "week is None"),
        ({"zone": NEW_YORK, "week": {"fri-mon": "09:00-17:00"}}, "week is 'fri-mon'"),
        ({"zone": NEW_YORK, "week": {"monday": "09:00-17:00"}}, "week is 'monday'"),
        ({"zone": NEW_YORK, "week": {"mon": "9-17"}}, "week is '9-17'"),
        ({"zone": NEW_YORK, "week": {"mon": "24:00-25:00"}}, "week is '24:00-25:00'"),
        ({"zone": NEW_YORK, "week": {"mon": "09:60-10:00"}}, "week is '09:60-10:00'"),
        ({"zone": NEW_YORK, "week": {"mon": "09:00-09:00"}}, "week is '09:00-09:00'"),
    ],
)
def test_hours_that_cannot_be(entry: dict[str, Value], message: str) -> None:
    """An error names the field, its value, and the rule."""
    with pytest.raises(HoursError, match=message):
        Hours.read(entry)


@pytest.mark.parametrize(
    ("moment", "spoken"),
    [
        ("2026-11-23 13:30", "today at 1:30 PM"),
        ("2026-11-24 09:00", "tomorrow at 9 AM"),
        ("2026-11-27 00:05", "on Friday at 12:05 AM"),
        ("2026-11-30 12:00", "on Monday, November 30 at 12 PM"),
    ],
)
def test_times_as_people_say_them(moment: str, spoken: str) -> None:
    """A time is written with its day, and with its date only if the weekday would be ambiguous."""
    assert spoken_time(at(moment), at("2026-11-23 08:00")) == spoken


# -- anything that can be --------------------------------------------------------------------------

ZONES = st.sampled_from(
    [NEW_YORK, LISBON, CAIRO, "Australia/Lord_Howe", "America/Asuncion", "Asia/Kathmandu", "UTC"]
)
CLOCKS = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
SHIFT = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] != pair[1]).map("-".join)
WEEKS = st.dictionaries(st.sampled_from(DAYS), st.lists(SHIFT, max_size=2).map(", ".join))
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 4, 23, 22, tzinfo=UTC),
    datetime(2026, 10, 29, 21, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
]
MOMENTS = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-3000, 3000),
)


@settings(max_examples=150, deadline=None)
@given(WEEKS, ZONES, MOMENTS)
def test_no_earlier_opening_is_missed(week: dict[str, Any], zone: str, now: datetime) -> None:
    """Checked minute by minute, the office is never open before the time that `opens` returns."""
    office = hours(week, zone)
    found = office.opens(now)
    opens = found.astimezone(UTC) if found else None
    minutes = (now + timedelta(minutes=each) for each in range(1600))
    first = next((each for each in minutes if office.is_open(each)), None)

    assert opens is None or office.is_open(opens)
    assert first == opens or (first is None and (opens is None or opens > now + timedelta(days=1)))


@settings(max_examples=40, deadline=None)
@given(WEEKS, ZONES, MOMENTS)
def test_the_periods_of_a_day_agree_with_every_minute(
    week: dict[str, Any], zone: str, now: datetime
) -> None:
    """Checked minute by minute, each part of a day is open or closed throughout, and none lacks."""
    office = hours(week, zone)
    day = now.astimezone(office.zone).date()
    periods = office.periods(day)
    assert periods[0].start.date() == day
    assert periods[-1].end.date() == day + timedelta(days=1)
    for before, after in pairwise(periods):
        assert before.end == after.start
        assert before.open != after.open
    for each in periods:
        minutes = int((each.end - each.start.astimezone(UTC)) / timedelta(minutes=1))
        moments = (each.start.astimezone(UTC) + timedelta(minutes=m) for m in range(0, minutes, 7))
        assert {office.is_open(moment) for moment in moments} == {each.open}


def test_the_periods_of_a_day_have_its_holidays() -> None:
    """A holiday of some hours is a part of the day with its name."""
    calendar = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\nBEGIN:VEVENT\nUID:x\n"
        "DTSTAMP:20260101T000000Z\nSUMMARY:training\nDTSTART;TZID=America/New_York:20261209T140000\n"
        "DTEND;TZID=America/New_York:20261209T160000\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    periods = hours({"wed": "09:00-17:00"}, holidays=calendar).periods(date(2026, 12, 9))
    assert [(f"{each.start:%H:%M}", each.open, each.holiday) for each in periods] == [
        ("00:00", False, None),
        ("09:00", True, None),
        ("14:00", False, "training"),
        ("16:00", True, None),
        ("17:00", False, None),
    ]
