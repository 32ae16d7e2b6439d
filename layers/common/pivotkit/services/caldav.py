"""Calendars by CalDAV (RFC 4791): Nextcloud, Fastmail, iCloud, Radicale, and others.

Three requests are enough, so no library is: a report of busy times, a report of events, and a PUT.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from icalendar import Calendar, Event

from pivotkit.services.calendar_events import CalendarEvent, Period
from pivotkit.services.upstream import Page, Upstream, UpstreamDown

_SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
_NAMES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav"}
_FILE = re.compile(r"[A-Za-z0-9._~%@+,-]{1,200}")
_XML = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
_ICALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
_EXISTS = 412
_BAD = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)
"""The errors of iCalendar's library for text that is not valid."""


class CalDavCalendar:
    """The calendar behind *upstream*, whose base URL is that of the calendar's collection.

    Events that recur are busy, but are not changed.
    """

    def __init__(self, upstream: Upstream, name: str) -> None:
        del name  # the URL is that of the calendar
        self._upstream = upstream

    def busy(self, start: datetime, end: datetime) -> list[Period]:
        """Ask for the report `free-busy-query`."""
        asked = f"<C:free-busy-query {_SPACES}>{_range(start, end)}</C:free-busy-query>"
        page = self._upstream.exchange("REPORT", "/", asked, _XML)
        try:
            return [
                Period(each.start, each.end)
                for component in _calendar(page.text).walk("VFREEBUSY")
                for each in _listed(component.get("FREEBUSY"))
                if str(each.params.get("FBTYPE", "BUSY")).upper() != "FREE"
            ]
        except _BAD as error:
            raise self._down("the busy times are not valid iCalendar text") from error

    def events_with(self, text: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Ask for the report `calendar-query` of events whose description has *text*."""
        match = f'<C:prop-filter name="DESCRIPTION"><C:text-match>{escape(text)}</C:text-match>'
        asked = (
            f"<C:calendar-query {_SPACES}><D:prop><C:calendar-data/></D:prop>"
            '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
            f"{_range(start, end)}{match}</C:prop-filter>"
            "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
        )
        page = self._upstream.exchange("REPORT", "/", asked, _XML)
        try:
            found = [
                _event(name, _single(data)) for name, data in _responses(page.text) if text in data
            ]
        except (*_BAD, ET.ParseError) as error:
            raise self._down("the events are not valid") from error
        return [each for each in found if each and start <= each.start < end]

    def confirm(self, event_id: str) -> None:
        """Store the event with the status CONFIRMED."""
        self._change(event_id, {"STATUS": "CONFIRMED"})

    def cancel(self, event_id: str) -> None:
        """Delete the event."""
        self._upstream.exchange("DELETE", f"/{event_id}")

    def move(self, event_id: str, start: datetime, length: timedelta) -> None:
        """Store the event with other times."""
        self._change(event_id, _times(start, length))

    def add(self, key: str, title: str, text: str, start: datetime, length: timedelta) -> None:
        """Store a new event in a file named *key*, unless there is one."""
        event = Event()
        fields = {"UID": key, "DTSTAMP": start.astimezone(UTC), "STATUS": "CONFIRMED"}
        for name, value in {**fields, "SUMMARY": title, "DESCRIPTION": text}.items():
            event.add(name, value)
        for name, value in _times(start, length).items():
            event.add(name, value)
        calendar = Calendar()
        calendar.add("PRODID", "-//Pivot Functions//EN")
        calendar.add("VERSION", "2.0")
        calendar.add_component(event)
        try:
            self._put(f"{key}.ics", calendar, {"If-None-Match": "*"})
        except UpstreamDown as error:
            if error.status != _EXISTS:
                raise

    def _change(self, event_id: str, fields: dict[str, Any]) -> None:
        """Read the event, and store it with other *fields* if no one else has changed it since."""
        page: Page = self._upstream.exchange("GET", f"/{event_id}")
        try:
            calendar = _calendar(page.text)
            (event,) = calendar.walk("VEVENT")
            event.pop("DURATION", None)
            for name, value in fields.items():
                event.pop(name, None)
                event.add(name, value)
        except _BAD as error:
            raise self._down("the event is not valid iCalendar text") from error
        self._put(event_id, calendar, {"If-Match": page.etag} if page.etag else {})

    def _put(self, name: str, calendar: Calendar, condition: dict[str, str]) -> None:
        text = calendar.to_ical().decode()
        self._upstream.exchange("PUT", f"/{name}", text, _ICALENDAR | condition)

    def _down(self, reason: str) -> UpstreamDown:
        return UpstreamDown(self._upstream.service, reason)


def _range(start: datetime, end: datetime) -> str:
    first, last = (f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in (start, end))
    return f'<C:time-range start="{first}" end="{last}"/>'


def _times(start: datetime, length: timedelta) -> dict[str, Any]:
    return {"DTSTART": start.astimezone(UTC), "DTEND": (start + length).astimezone(UTC)}


def _calendar(text: str) -> Any:
    return Calendar.from_ical(text)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _responses(text: str) -> list[tuple[str, str]]:
    """The file's name and the iCalendar text of each response in a multistatus document."""
    if "<!" in text.replace("<![CDATA[", ""):
        raise ValueError("the document declares something, perhaps entities")
    found = []
    document = ET.fromstring(text)  # noqa: S314  (at most 64 kB, without declarations)
    for response in document.findall("D:response", _NAMES):
        name = response.findtext("D:href", "", _NAMES).rpartition("/")[2]
        data = response.findtext("D:propstat/D:prop/C:calendar-data", "", _NAMES)
        if _FILE.fullmatch(name) and data:
            found.append((name, data))
    return found


def _single(data: str) -> Any:
    """The only event in *data*, or `None`: those that recur have rules, or several components."""
    events = _calendar(data).walk("VEVENT")
    return events[0] if len(events) == 1 and "RRULE" not in events[0] else None


def _event(name: str, event: Any) -> CalendarEvent | None:
    """The event in the file *name*; `None` if it has no time of day."""
    start = event and event.decoded("DTSTART", None)
    if not isinstance(start, datetime):
        return None
    moment = start if start.tzinfo else start.replace(tzinfo=UTC)
    return CalendarEvent(name, moment, str(event.get("STATUS", "CONFIRMED")) == "CONFIRMED")
