"""Google Calendar, by its REST API (v3)."""

from datetime import datetime, timedelta
from urllib.parse import quote

from pivotkit.http.parameters import Value
from pivotkit.services.calendar_events import CalendarEvent, Period
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown
from pivotkit.services.upstream_times import instant, is_set

MOST_EVENTS = 25
_CONFLICT = 409


class GoogleCalendar:
    """The calendar *name* (`primary`, or its ID) behind *upstream*: `https://www.googleapis.com`.

    Google finds *text* in all fields of an event, so the found ones are checked again.
    """

    def __init__(self, upstream: Upstream, name: str) -> None:
        self._upstream = upstream
        self._name = name
        self._events = f"/calendar/v3/calendars/{quote(name, safe='@')}/events"

    def busy(self, start: datetime, end: datetime) -> list[Period]:
        """Ask `freeBusy.query`."""
        asked: dict[str, Value] = {
            "timeMin": start.isoformat(),
            "timeMax": end.isoformat(),
            "items": [{"id": self._name}],
        }
        answer = self._upstream.post("/calendar/v3/freeBusy", asked)
        return [
            Period(instant(each, "start"), instant(each, "end"))
            for each in answer.each("calendars", self._name, "busy")
        ]

    def events_with(self, text: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Ask `events.list`, which finds words."""
        answer = self._upstream.get(
            self._events,
            q=text,
            timeMin=start.isoformat(),
            timeMax=end.isoformat(),
            singleEvents=True,
            orderBy="startTime",
            maxResults=MOST_EVENTS,
        )
        return [_event(each) for each in answer.each("items") if _has(each, text)]

    def confirm(self, event_id: str) -> None:
        """Ask `events.patch` for the status `confirmed`."""
        self._upstream.send("PATCH", f"{self._events}/{event_id}", {"status": "confirmed"})

    def cancel(self, event_id: str) -> None:
        """Ask `events.delete`."""
        self._upstream.send("DELETE", f"{self._events}/{event_id}")

    def move(self, event_id: str, start: datetime, length: timedelta) -> None:
        """Ask `events.patch` for other times."""
        self._upstream.send("PATCH", f"{self._events}/{event_id}", _times(start, length))

    def add(self, key: str, title: str, text: str, start: datetime, length: timedelta) -> None:
        """Ask `events.insert`; *key* is the ID, which Google accepts once."""
        event: dict[str, Value] = {"id": key, "summary": title, "description": text}
        try:
            self._upstream.send("POST", self._events, event | _times(start, length))
        except UpstreamDown as error:
            if error.status != _CONFLICT:
                raise


def _times(start: datetime, length: timedelta) -> dict[str, Value]:
    end = start + length
    return {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}


def _has(event: UpstreamAnswer, text: str) -> bool:
    """Whether *event* has *text*, and a time of day: events of whole days have only a date."""
    fields = (event.text(name) for name in ("summary", "description") if is_set(event, name))
    return any(text in each for each in fields) and is_set(event, "start", "dateTime")


def _event(event: UpstreamAnswer) -> CalendarEvent:
    confirmed = event.text("status") == "confirmed"
    return CalendarEvent(event.text("id"), instant(event, "start", "dateTime"), confirmed)
