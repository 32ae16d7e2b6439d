"""Recurrence rules: the same starts as dateutil finds, in bounded steps."""

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar.prop import vRecur

from pivotkit.lookups.recurrence import FREQUENCIES, WEEKDAYS, RuleError, recurrence

SPAN = timedelta(days=900)
END = datetime(9999, 12, 31)  # noqa: DTZ001


def starts(rule: str, begin: datetime, first: datetime, last: datetime) -> list[datetime]:
    """The starts by *rule*, as the layer finds them."""
    return list(recurrence(vRecur.from_ical(rule), begin).between(first, last))


def by_dateutil(rule: str, begin: datetime, first: datetime, last: datetime) -> list[datetime]:
    """The starts by *rule*, as dateutil finds them. It ends with the year 9999."""
    found = rrulestr(rule, dtstart=begin)
    return list(found.between(first, last, inc=True))


def signed(most: int) -> st.SearchStrategy[int]:
    """Numbers that count from the start or from the end."""
    return st.integers(1, most) | st.integers(-most, -1)


def part(name: str, values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    """A part of a rule with up to three values, or nothing."""
    some = st.lists(values, min_size=1, max_size=3, unique=True)
    return st.just("") | some.map(lambda each: f";{name}={','.join(map(str, each))}")


PLAIN_DAYS = part("BYDAY", st.sampled_from(WEEKDAYS))
NTH_DAYS = part("BYDAY", st.tuples(signed(5), st.sampled_from(WEEKDAYS)).map("{0[0]}{0[1]}".format))
BEGINS = st.datetimes(datetime(9990, 1, 1), datetime(9996, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)

RECENT = st.datetimes(datetime(2000, 1, 1), datetime(2020, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


@given(
    st.sampled_from(FREQUENCIES),
    st.integers(1, 5),
    part("BYMONTH", st.integers(1, 12)),
    part("BYMONTHDAY", signed(31)),
    part("BYYEARDAY", signed(366)),
    PLAIN_DAYS | NTH_DAYS,
    part("BYHOUR", st.integers(0, 23)),
    st.sampled_from(("", ";WKST=SU", ";WKST=WE")),
    BEGINS,
)
def test_as_dateutil_finds_them(  # noqa: PLR0917 (hypothesis gives each part)
    frequency: str,
    interval: int,
    months: str,
    month_days: str,
    year_days: str,
    weekdays: str,
    hours: str,
    week_start: str,
    begin: datetime,
) -> None:
    """A rule has the starts that dateutil finds, wherever the window is."""
    parts = f"{months}{month_days}{year_days}{weekdays}{hours}{week_start}"
    rule = f"FREQ={frequency};INTERVAL={interval}{parts}"
    for first in (begin, begin + timedelta(days=401, hours=5)):
        window = (begin, first, first + SPAN)
        assert starts(rule, *window) == by_dateutil(rule, *window)


@given(
    st.sampled_from(("YEARLY", "MONTHLY")),
    part("BYSETPOS", signed(4)),
    PLAIN_DAYS,
    part("BYMONTH", st.integers(1, 12)),
    BEGINS,
)
def test_positions(
    frequency: str, positions: str, weekdays: str, months: str, begin: datetime
) -> None:
    """BYSETPOS counts within a period, before its first or last days are cut."""
    rule = f"FREQ={frequency}{positions}{weekdays}{months}"
    window = (begin, begin + timedelta(days=17), begin + SPAN)
    assert starts(rule, *window) == by_dateutil(rule, *window)


@given(st.integers(1, 51), st.sampled_from(("MO", "SU", "WE")), BEGINS)
def test_weeks_of_the_year(week: int, week_start: str, begin: datetime) -> None:
    """BYWEEKNO counts the weeks that have most of their days in the year."""
    rule = f"FREQ=YEARLY;BYWEEKNO={week};WKST={week_start};BYDAY=MO,TH,SU"
    window = (begin, begin, begin + SPAN)
    assert starts(rule, *window) == by_dateutil(rule, *window)


@given(st.sampled_from(FREQUENCIES), st.integers(1, 40), st.integers(1, 3), RECENT)
def test_count(frequency: str, count: int, interval: int, begin: datetime) -> None:
    """COUNT is counted from the start of the series, not of the window."""
    rule = f"FREQ={frequency};INTERVAL={interval};COUNT={count};BYDAY=MO,WE"
    first = begin + timedelta(days=60)
    found = by_dateutil(rule, begin, first, END)
    assert starts(rule, begin, first, END) == found


def test_plain_and_counted_weekdays_together() -> None:
    """A rule may have weekdays and nth weekdays side by side."""
    begin = datetime(2026, 1, 1)  # noqa: DTZ001
    found = starts("FREQ=MONTHLY;BYDAY=1MO,SU", begin, begin, datetime(2026, 1, 31))  # noqa: DTZ001
    assert [each.day for each in found] == [4, 5, 11, 18, 25]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("FREQ=SECONDLY", "FREQ must be one of"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is 13: must be 1 to 12"),
        ("FREQ=YEARLY;BYMONTHDAY=32", "BYMONTHDAY is 32: must be 1 to 31"),
        ("FREQ=YEARLY;COUNT=0", "COUNT must be 1 or more"),
        ("FREQ=DAILY;COUNT=5000", "COUNT reaches over more than 1000 periods"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL must be 1 or more"),
        ("RSCALE=HEBREW;FREQ=DAILY", "RSCALE must be GREGORIAN"),
        ("FREQ=DAILY;BYMOON=1", "BYMOON is not a part of a rule"),
    ],
)
def test_rules_that_are_refused(rule: str, message: str) -> None:
    """A part that is not valid or not supported is named."""
    with pytest.raises(RuleError, match=message):
        recurrence(vRecur.from_ical(rule), datetime(2026, 1, 1))  # noqa: DTZ001
