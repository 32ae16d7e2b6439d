"""A fake of a calendar: holidays as an iCalendar file, and appointments by phone number."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

HOLIDAYS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Office//EN
BEGIN:VEVENT
UID:christmas@example.com
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261225
DTEND;VALUE=DATE:20261227
SUMMARY:Christmas
END:VEVENT
BEGIN:VEVENT
UID:independence@example.com
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260704
RRULE:FREQ=YEARLY
SUMMARY:Independence Day
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
SLOTS = ("2027-01-13T09:00:00-08:00", "2027-01-14T15:30:00-08:00", "2027-01-15T11:00:00-08:00")

CHANGES = ("status", "start")


def appointment(number: str, start: str, phone: str) -> dict[str, Any]:
    """Return an appointment that is booked, but not confirmed."""
    return {"id": number, "start": start, "with": "Dr. Brown", "phone": phone, "status": "booked"}


class CalendarFake:
    """`GET .../holidays.ics`, `GET .../slots`, `GET .../appointments?phone=+1...`.

    `POST .../appointments/ID` with `status` (`confirmed`, `cancelled`) or `start` changes one.
    """

    def __init__(self) -> None:
        booked = appointment("a1", "2027-01-12T14:00:00-08:00", "+14155550123")
        self._appointments = {"a1": booked}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the file, the free slots, or the appointments of a phone number."""
        if request.method == "POST":
            return self._change(request.last, request.body)
        if request.last == "holidays.ics":
            return FakeReply(HOLIDAYS, kind="text/calendar")
        if request.last == "slots":
            return FakeReply({"slots": list(SLOTS)})
        if request.last == "appointments":
            return FakeReply({"appointments": self._of(request.query.get("phone", ""))})
        return NOT_FOUND

    def _of(self, phone: str) -> list[dict[str, Any]]:
        return [each for each in self._appointments.values() if each["phone"] == phone]

    def _change(self, number: str, body: dict[str, Any]) -> FakeReply:
        if number not in self._appointments:
            return NOT_FOUND
        changes = {name: value for name, value in body.items() if name in CHANGES}
        self._appointments[number] |= changes
        return FakeReply({"appointment": self._appointments[number]})
