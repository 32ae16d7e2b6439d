"""A fake of Microsoft: the token endpoint, and the parts of Graph (v1.0) that are used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pivotctl.upstreams.agenda import Agenda, FakeEvent, Login, at
from pivotctl.upstreams.service import FakeReply, FakeRequest

MAILBOX = "office@example.com"
USER = f"/v1.0/users/{MAILBOX}"


def error(status: int, code: str) -> FakeReply:
    """Return an error as Graph writes it."""
    return FakeReply({"error": {"code": code, "message": code}}, status)


class MicrosoftFake:
    """`POST .../token`, and the calendar of office@example.com."""

    def __init__(self) -> None:
        self.login = Login("client_credentials")
        self.agenda = Agenda()
        self.transactions: set[str] = set()

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return a token, busy times, or events."""
        if request.last == "token":
            return self.login.answer(request)
        if not self.login.admits(request):
            return error(401, "InvalidAuthenticationToken")
        if not request.path.startswith(f"{USER}/"):
            return error(404, "ErrorInvalidUser")
        match request.last:
            case "getSchedule":
                reply = self._schedule(request.body)
            case "calendarView":
                reply = self._view(request.query)
            case "events":
                reply = self._create(request.body)
            case _:
                reply = self._one(request)
        return reply

    def _schedule(self, body: dict[str, Any]) -> FakeReply:
        found = self.agenda.between(_read(body["startTime"]), _read(body["endTime"]))
        items = [{"status": _shown(each), **_times(each)} for each in found.values()]
        free = [{**each, "status": "free"} for each in items[:1]]
        name = body["schedules"][0]
        return FakeReply({"value": [{"scheduleId": name, "scheduleItems": items + free}]})

    def _view(self, query: Any) -> FakeReply:
        start, end = (at(f"{query[name]}+00:00") for name in ("startDateTime", "endDateTime"))
        found = self.agenda.between(start, end).items()
        return FakeReply({"value": [_written(key, each) for key, each in found]})

    def _create(self, body: dict[str, Any]) -> FakeReply:
        if body["transactionId"] not in self.transactions:
            self.transactions.add(body["transactionId"])
            start, end = _read(body["start"]), _read(body["end"])
            text = body["body"]["content"]
            event = FakeEvent(start, end, body["subject"], text, confirmed=True)
            self.agenda.events[f"n{len(self.agenda.events)}="] = event
        return FakeReply({}, 201)

    def _one(self, request: FakeRequest) -> FakeReply:
        key = request.last.replace("%3D", "=")
        if key not in self.agenda.events:
            return error(404, "ErrorItemNotFound")
        if request.method == "DELETE":
            del self.agenda.events[key]
            return FakeReply("", 204)
        times = {name: _read(request.body[name]) for name in ("start", "end") & request.body.keys()}
        shown = {"confirmed": request.body["showAs"] == "busy"} if "showAs" in request.body else {}
        self.agenda.change(key, **times, **shown)
        return FakeReply(_written(key, self.agenda.events[key]))


def _read(time: dict[str, str]) -> datetime:
    """The time in a dateTimeTimeZone of Graph."""
    return at(f"{time['dateTime']}{'+00:00' if time['timeZone'] == 'UTC' else ''}")


def _times(event: FakeEvent) -> dict[str, Any]:
    return {
        name: {"dateTime": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
        for name, moment in (("start", event.start), ("end", event.end))
    }


def _shown(event: FakeEvent) -> str:
    return "busy" if event.confirmed else "tentative"


def _written(key: str, event: FakeEvent) -> dict[str, Any]:
    return {
        "id": key,
        "subject": event.title,
        "bodyPreview": event.text,
        "showAs": _shown(event),
        "isAllDay": False,
        "isCancelled": False,
        **_times(event),
    }
