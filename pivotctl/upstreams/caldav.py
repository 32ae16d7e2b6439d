"""A fake of a CalDAV server (RFC 4791): one calendar, whose files are iCalendar text."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import UTC, datetime
from xml.sax.saxutils import escape, unescape

from pivotctl.upstreams.agenda import Agenda, FakeEvent
from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

COLLECTION = "/calendars/office/"
XML = "application/xml; charset=utf-8"
_RANGE = re.compile(r'<C:time-range start="(\w+)" end="(\w+)"/>')
_MATCH = re.compile(r"<C:text-match>(.*?)</C:text-match>")


class CalDavFake:
    """`REPORT /calendars/office/` (free-busy-query, calendar-query), and GET, PUT, DELETE of files.

    It wants Basic authentication by any user with any password.
    """

    def __init__(self) -> None:
        self.agenda = Agenda()

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return a report, or a file."""
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        user, _, password = b64decode(pair).decode().partition(":")
        if scheme != "Basic" or not user or not password:
            return FakeReply("", 401, headers={"WWW-Authenticate": 'Basic realm="calendars"'})
        if not request.path.startswith(COLLECTION):
            return NOT_FOUND
        if request.method == "REPORT":
            return self._report(request.content)
        return self._file(request, request.last.removesuffix(".ics"))

    def _report(self, content: str) -> FakeReply:
        start, end = (_read(each) for each in _RANGE.findall(content)[0])
        found = self.agenda.between(start, end)
        if "<C:free-busy-query" in content:
            lines = (f"FREEBUSY:{_utc(e.start)}/{_utc(e.end)}" for e in found.values())
            text = _calendar("VFREEBUSY", *lines)
            return FakeReply(text, kind="text/calendar; charset=utf-8")
        wanted = unescape(_MATCH.findall(content)[0])
        responses = (_response(key, e) for key, e in found.items() if wanted in e.text)
        spaces = 'xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
        body = f"<?xml version='1.0'?><multistatus {spaces}>{''.join(responses)}</multistatus>"
        return FakeReply(body, 207, XML)

    def _file(self, request: FakeRequest, key: str) -> FakeReply:
        there = key in self.agenda.events
        if request.method == "PUT":
            if there and request.headers.get("if-none-match") == "*":
                return FakeReply("", 412)
            if there and request.headers.get("if-match") != _etag(self.agenda.events[key]):
                return FakeReply("", 412)
            self.agenda.events[key] = _event(request.content)
            return FakeReply("", 204 if there else 201)
        if not there:
            return NOT_FOUND
        if request.method == "DELETE":
            del self.agenda.events[key]
            return FakeReply("", 204)
        event = self.agenda.events[key]
        return FakeReply(_written(key, event), kind="text/calendar", headers={"ETag": _etag(event)})


def _etag(event: FakeEvent) -> str:
    return f'"{hash(event)}"'


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _read(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _calendar(component: str, *lines: str) -> str:
    inside = (f"BEGIN:{component}", "DTSTAMP:20260101T000000Z", *lines, f"END:{component}")
    around = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *inside, "END:VCALENDAR")
    return "".join(f"{line}\r\n" for line in around)


def _written(key: str, event: FakeEvent) -> str:
    return _calendar(
        "VEVENT",
        f"UID:{key}@example.com",
        f"DTSTART:{_utc(event.start)}",
        f"DTEND:{_utc(event.end)}",
        f"SUMMARY:{event.title}",
        f"DESCRIPTION:{event.text}",
        f"STATUS:{'CONFIRMED' if event.confirmed else 'TENTATIVE'}",
    )


def _response(key: str, event: FakeEvent) -> str:
    data = escape(_written(key, event))
    return (
        f"<response><href>{COLLECTION}{key}.ics</href><propstat><prop>"
        f"<c:calendar-data>{data}</c:calendar-data></prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def _event(text: str) -> FakeEvent:
    """The event in a file, whose lines may be folded (RFC 5545, 3.1)."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    fields = {name.partition(";")[0]: value for name, _, value in (e.partition(":") for e in lines)}
    return FakeEvent(
        _read(fields["DTSTART"]),
        _read(fields["DTEND"]),
        fields["SUMMARY"],
        fields["DESCRIPTION"],
        confirmed=fields.get("STATUS") == "CONFIRMED",
    )
