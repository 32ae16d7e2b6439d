"""Calendars of Microsoft 365, by Microsoft Graph (v1.0)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from pivotkit.http.parameters import Value
from pivotkit.services.calendar_events import CalendarEvent, Period
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown

MOST_EVENTS = 100
_FREE = ("free", "workingElsewhere")
_FIELDS = "id,subject,bodyPreview,start,showAs,isAllDay,isCancelled"


class MicrosoftCalendar:
    """The calendar of *mailbox* behind *upstream*: `https://graph.microsoft.com/v1.0`.

    Graph does not search calendars for words, so at most `MOST_EVENTS` events are compared here. A
    tentative event is one that is not confirmed.
    """

    def __init__(self, upstream: Upstream, mailbox: str) -> None:
        self._upstream = upstream
        self._mailbox = mailbox
        self._user = f"/users/{quote(mailbox, safe='@')}"

    def busy(self, start: datetime, end: datetime) -> list[Period]:
        """Ask `getSchedule`."""
        asked: dict[str, Value] = {
            "schedules": [self._mailbox],
            "startTime": _time(start),
            "endTime": _time(end),
        }
        answer = self._upstream.post(f"{self._user}/calendar/getSchedule", asked)
        return [
            Period(_instant(item, "start"), _instant(item, "end"))
            for schedule in answer.each("value")
            for item in schedule.each("scheduleItems")
            if item.text("status") not in _FREE
        ]

    def events_with(self, text: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Ask `calendarView`, and compare subjects and the beginnings of bodies."""
        query: dict[str, str | int] = {
            "startDateTime": _utc(start),
            "endDateTime": _utc(end),
            "$select": _FIELDS,
            "$orderby": "start/dateTime",
            "$top": MOST_EVENTS,
        }
        answer = self._upstream.get(f"{self._user}/calendarView", **query)
        return [_event(each) for each in answer.each("value") if _has(each, text)]

    def confirm(self, event_id: str) -> None:
        """Show the event as busy."""
        self._upstream.send("PATCH", self._event(event_id), {"showAs": "busy"})

    def cancel(self, event_id: str) -> None:
        """Delete the event."""
        self._upstream.send("DELETE", self._event(event_id))

    def move(self, event_id: str, start: datetime, length: timedelta) -> None:
        """Change the event's times."""
        self._upstream.send("PATCH", self._event(event_id), _times(start, length))

    def add(self, key: str, title: str, text: str, start: datetime, length: timedelta) -> None:
        """Create an event; Graph creates one for each transaction ID."""
        event: dict[str, Value] = {
            "transactionId": key,
            "subject": title,
            "body": {"contentType": "text", "content": text},
        }
        self._upstream.send("POST", f"{self._user}/events", event | _times(start, length))

    def _event(self, event_id: str) -> str:
        return f"{self._user}/events/{event_id}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _time(moment: datetime) -> Value:
    return {"dateTime": _utc(moment), "timeZone": "UTC"}


def _times(start: datetime, length: timedelta) -> dict[str, Value]:
    return {"start": _time(start), "end": _time(start + length)}


def _instant(item: UpstreamAnswer, name: str) -> datetime:
    """The time in the field *name*, which Graph writes in UTC unless it is asked for another."""
    try:
        moment = datetime.fromisoformat(item.text(name, "dateTime"))
    except ValueError:
        moment = None
    if moment is None or item.text(name, "timeZone") != "UTC":
        raise UpstreamDown(item.service, f"{item.where}.{name} is no time in UTC")
    return moment.replace(tzinfo=UTC)


def _has(event: UpstreamAnswer, text: str) -> bool:
    found = text in event.text("subject") or text in event.text("bodyPreview")
    return found and not (event.flag("isAllDay") or event.flag("isCancelled"))


def _event(event: UpstreamAnswer) -> CalendarEvent:
    event_id = quote(event.text("id"), safe="")
    return CalendarEvent(event_id, _instant(event, "start"), event.text("showAs") == "busy")
