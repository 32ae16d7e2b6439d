"""Calendars of Google, Microsoft 365, and CalDAV, over their fakes' protocols."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from pivotctl.upstreams import FakeReply, Upstreams
from pivotctl.upstreams.caldav import CalDavFake
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Text
from pivotkit.services import access_tokens
from pivotkit.services.calendar_events import PersonalCalendar, overlapping
from pivotkit.services.calendars import CalendarName, TimeZone, personal_calendar
from pivotkit.services.upstream import ServiceUrl, UpstreamDown

DAY = datetime(2027, 1, 12, tzinfo=UTC)
MONTH = (DAY, DAY + timedelta(days=30))
HOUR = timedelta(hours=1)
KEY = "0f3a5c7e9b1d2f4860718293a4b5c6d7"
PHONE = "+14155550123"


class Settings(NamedTuple):
    """Settings of a calendar, as templates have them."""

    calendar: str
    calendar_url: ServiceUrl
    calendar_login_url: ServiceUrl
    calendar_name: CalendarName = CalendarName("primary")
    calendar_client_id: Text | None = Text("client")
    calendar_client_secret: Secret = Secret("/local/f/client_secret")
    calendar_token: Secret = Secret("/local/f/token")


@pytest.fixture
def upstreams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstreams]:
    """All fakes, for a local run that has the credentials."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("CLIENT_SECRET", "secret")
    monkeypatch.setenv("TOKEN", "token")
    access_tokens._tokens.clear()
    running = Upstreams()
    running.start()
    yield running
    running.stop()


def calendar_of(upstreams: Upstreams, kind: str) -> PersonalCalendar:
    """The calendar at its fake."""
    fake, path = {
        "google": ("google", ""),
        "microsoft365": ("microsoft", "/v1.0"),
        "caldav": ("caldav", "/calendars/office"),
    }[kind]
    url = ServiceUrl(f"{upstreams.url}/{fake}{path}")
    login = ServiceUrl(f"{upstreams.url}/{fake}")
    name = CalendarName("office@example.com" if fake == "microsoft" else "primary")
    return personal_calendar(Settings(kind, url, login, name))


@pytest.fixture(params=["google", "microsoft365", "caldav"])
def calendar(upstreams: Upstreams, request: pytest.FixtureRequest) -> PersonalCalendar:
    """Each of the calendars."""
    return calendar_of(upstreams, request.param)


def test_an_event_is_added_once(calendar: PersonalCalendar) -> None:
    """A repeated request with the same key adds nothing, and is no error."""
    for _ in range(2):
        calendar.add(KEY, "Appointment", "Phone: +14155550188", DAY, HOUR)
    (added,) = calendar.events_with("+14155550188", *MONTH)
    assert (added.start, added.confirmed) == (DAY, True)


def test_an_event_that_has_gone(calendar: PersonalCalendar) -> None:
    """A change of an event that no longer exists is a refusal, not a failure."""
    (event,) = calendar.events_with(PHONE, *MONTH)
    calendar.cancel(event.id)
    for change in (calendar.cancel, calendar.confirm):
        with pytest.raises(UpstreamDown) as refused:
            change(event.id)
        assert refused.value.is_refusal


def test_busy_times(calendar: PersonalCalendar) -> None:
    """The three events are busy, to the minute, and nothing else is."""
    busy = overlapping(calendar.busy(*MONTH), *MONTH)
    assert [(each.start.day, each.end - each.start) for each in busy] == [
        *((12, HOUR / 2), (13, 6 * HOUR), (14, 3 * HOUR))
    ]


@pytest.mark.parametrize("kind", ["google", "microsoft365"])
def test_an_access_token_is_kept(upstreams: Upstreams, kind: str) -> None:
    """One token serves many requests; one that the service refuses is replaced within a request."""
    calendar = calendar_of(upstreams, kind)
    fake: Any = upstreams["google" if kind == "google" else "microsoft"].fake
    for _ in range(3):
        calendar.busy(*MONTH)
    assert fake.login.issued == 1
    fake.login.token = "revoked"
    calendar.busy(*MONTH)
    assert fake.login.issued == 2


def caldav_answering(
    upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, reply: FakeReply
) -> PersonalCalendar:
    """A CalDAV calendar that answers everything with *reply*."""
    monkeypatch.setattr(CalDavFake, "answer", lambda *_: reply)
    return calendar_of(upstreams, "caldav")


def multistatus(data: str) -> FakeReply:
    """An event in a report of CalDAV."""
    return FakeReply(
        '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>'
        "<d:href>/calendars/office/x.ics</d:href><d:propstat><d:prop><c:calendar-data>"
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDESCRIPTION:{PHONE}\n{data}\nEND:VEVENT\nEND:VCALENDAR"
        "</c:calendar-data></d:prop></d:propstat></d:response></d:multistatus>",
        207,
        "application/xml",
    )


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("DTSTART:20270113T100000Z", 1),
        ("DTSTART;TZID=America/New_York:20270113T100000", 1),
        ("DTSTART:20270113T100000Z\nRRULE:FREQ=DAILY", 0),
        ("DTSTART;VALUE=DATE:20270113", 0),
        ("DTSTART:soon", 0),
        ("SUMMARY:no time", 0),
    ],
)
def test_events_that_can_be_changed(
    upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, data: str, found: int
) -> None:
    """Events that recur, and those without a time of day, are left out."""
    calendar = caldav_answering(upstreams, monkeypatch, multistatus(data))
    assert len(calendar.events_with(PHONE, *MONTH)) == found


@pytest.mark.parametrize(
    "reply",
    [
        FakeReply('<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>', 207, "application/xml"),
        FakeReply("<d:multistatus", 207, "application/xml"),
        FakeReply("BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nFREEBUSY:soon", kind="text/calendar"),
    ],
)
def test_an_answer_that_is_not_valid(
    upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, reply: FakeReply
) -> None:
    """XML with declarations, and text that is no iCalendar, count as a failure."""
    calendar = caldav_answering(upstreams, monkeypatch, reply)
    is_report = reply.kind != "text/calendar"
    with pytest.raises(UpstreamDown, match="not valid"):
        calendar.events_with(PHONE, *MONTH) if is_report else calendar.busy(*MONTH)


@pytest.mark.parametrize(
    ("kind", "text"), [(CalendarName, "../me"), (CalendarName, "a b"), (TimeZone, "Mars/Olympus")]
)
def test_a_wrong_setting(kind: type[Text], text: str) -> None:
    """A name that would lead to another path, and an unknown time zone, are refused."""
    with pytest.raises(ValueError, match="must be"):
        kind(text)
