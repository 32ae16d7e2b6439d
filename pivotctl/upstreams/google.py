"""A fake of Google: the token endpoint, and the parts of the Calendar API (v3) that are used."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.agenda import Agenda, FakeEvent, Login, at
from pivotctl.upstreams.service import FakeReply, FakeRequest

CALENDAR = "primary"
EVENTS = f"/calendar/v3/calendars/{CALENDAR}/events"


def error(status: int, message: str) -> FakeReply:
    """Return an error as Google's APIs write it."""
    return FakeReply({"error": {"code": status, "message": message}}, status)


class GoogleFake:
    """`POST .../token`, `POST /calendar/v3/freeBusy`, and the events of the calendar `primary`."""

    def __init__(self) -> None:
        self.login = Login("refresh_token")
        self.agenda = Agenda()

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return a token, busy times, or events."""
        if request.last == "token":
            return self.login.answer(request)
        if not self.login.admits(request):
            return error(401, "Invalid Credentials")
        if request.method == "POST" and request.path == "/calendar/v3/freeBusy":
            return self._free_busy(request.body)
        if request.path == EVENTS:
            added = request.method == "POST"
            return self._insert(request.body) if added else self._list(request.query)
        if request.path == f"{EVENTS}/{request.last}":
            return self._one(request)
        return error(404, "Not Found")

    def _free_busy(self, body: dict[str, Any]) -> FakeReply:
        found = self.agenda.between(at(body["timeMin"]), at(body["timeMax"])).values()
        busy = [{"start": each.start.isoformat(), "end": each.end.isoformat()} for each in found]
        absent = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        names = [each["id"] for each in body["items"]]
        calendars = {name: {"busy": busy} if name == CALENDAR else absent for name in names}
        return FakeReply({"kind": "calendar#freeBusy", "calendars": calendars})

    def _list(self, query: Any) -> FakeReply:
        found = self.agenda.between(at(query["timeMin"]), at(query["timeMax"]))
        items = [_written(key, each) for key, each in found.items() if query["q"] in each.text]
        return FakeReply({"kind": "calendar#events", "items": items})

    def _insert(self, body: dict[str, Any]) -> FakeReply:
        if body["id"] in self.agenda.events:
            return error(409, "The requested identifier already exists.")
        start, end = at(body["start"]["dateTime"]), at(body["end"]["dateTime"])
        event = FakeEvent(start, end, body["summary"], body["description"], confirmed=True)
        self.agenda.events[body["id"]] = event
        return FakeReply(_written(body["id"], event))

    def _one(self, request: FakeRequest) -> FakeReply:
        key = request.last
        if key not in self.agenda.events:
            return error(404, "Not Found")
        if request.method == "DELETE":
            del self.agenda.events[key]
            return FakeReply("", 204)
        times = {
            name: at(request.body[name]["dateTime"])
            for name in ("start", "end") & request.body.keys()
        }
        status = (
            {"confirmed": request.body["status"] == "confirmed"} if "status" in request.body else {}
        )
        self.agenda.change(key, **times, **status)
        return FakeReply(_written(key, self.agenda.events[key]))


def _written(key: str, event: FakeEvent) -> dict[str, Any]:
    return {
        "kind": "calendar#event",
        "id": key,
        "status": "confirmed" if event.confirmed else "tentative",
        "summary": event.title,
        "description": event.text,
        "start": {"dateTime": event.start.isoformat()},
        "end": {"dateTime": event.end.isoformat()},
    }
