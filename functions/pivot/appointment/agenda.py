"""Appointments in a calendar that people keep: Google, Microsoft 365, or CalDAV.

An event belongs to a caller if its description has the caller's number, as in `+14155550123`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appointments import MOST_SLOTS, Appointment, Change, phone_of
from pivotkit.services.calendar_events import Period, PersonalCalendar, overlapping
from pivotkit.services.upstream import UpstreamDown

AHEAD = timedelta(days=60)
"""The time in which appointments are looked for."""

DAYS = 14
"""The days in which free times are offered."""

NOTICE = timedelta(hours=2)
"""The time from now on in which no appointment begins."""

_WORKDAYS = 5
_GONE = (404, 410)


class Workday(NamedTuple):
    """The hours from Monday to Friday in which appointments of *length* begin and end."""

    zone: ZoneInfo
    first_hour: int
    last_hour: int
    length: timedelta

    def starts(self, now: datetime) -> Iterator[datetime]:
        """Yield all times from *now* on at which an appointment may begin."""
        today = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for day in (today + timedelta(days=ahead) for ahead in range(DAYS)):
            start = day.replace(hour=self.first_hour)
            closes = day + timedelta(hours=self.last_hour)
            while day.weekday() < _WORKDAYS and start + self.length <= closes:
                if start >= now + NOTICE:
                    yield start
                start += self.length


class Agenda:
    """The appointments with *person* in *calendar*, at *now*."""

    def __init__(
        self, calendar: PersonalCalendar, workday: Workday, person: str, home: str, now: datetime
    ) -> None:
        self._calendar = calendar
        self._workday = workday
        self._person = person
        self._home = home
        self._now = now

    def next_of(self, number: str) -> Appointment:
        """The next event with this number. A withheld number has none, and is not looked up."""
        phone = phone_of(number, self._home)
        events = self._calendar.events_with(phone, self._now, self._now + AHEAD) if phone else []
        if not events:
            return Appointment()
        event = min(events, key=lambda each: each.start)
        start = event.start.astimezone(self._workday.zone).isoformat()
        return Appointment(event.id, start, self._person, event.confirmed)

    def slots(self) -> list[str]:
        """The first free times of the workdays."""
        busy = self._calendar.busy(self._now, self._now + timedelta(days=DAYS))
        free = (
            start.isoformat()
            for start in self._workday.starts(self._now)
            if not overlapping(busy, start, start + self._workday.length)
        )
        return [start for start, _ in zip(free, range(MOST_SLOTS), strict=False)]

    def change(self, appointment: Appointment, change: Change, key: str) -> bool:
        """Confirm, cancel, or move the event. Each may be asked for twice, so *key* is not used."""
        del key
        if "start" in change and self._is_taken(change["start"]):
            return False
        canceled = change.get("status") == "cancelled"
        try:
            self._change(appointment.id, change)
        except UpstreamDown as error:
            if canceled and error.status in _GONE:
                return True
            if error.is_refusal:
                return False
            raise
        return True

    def takes_new(self, number: str) -> bool:
        """Whether the caller's number is known, so that the appointment is found again."""
        return bool(phone_of(number, self._home))

    def add(self, number: str, start: str, key: str) -> bool:
        """Add an event with the caller's number in its title and its description."""
        if self._is_taken(start):
            return False
        phone = phone_of(number, self._home)
        begins = datetime.fromisoformat(start)
        title = f"Appointment {phone}"
        self._calendar.add(key, title, f"Phone: {phone}", begins, self._workday.length)
        return True

    def _change(self, event_id: str, change: Change) -> None:
        match change:
            case {"start": start}:
                begins = datetime.fromisoformat(start)
                self._calendar.move(event_id, begins, self._workday.length)
            case {"status": "cancelled"}:
                self._calendar.cancel(event_id)
            case _:
                self._calendar.confirm(event_id)

    def _is_taken(self, start: str) -> bool:
        begins = datetime.fromisoformat(start)
        slot = Period(begins, begins + self._workday.length)
        return bool(overlapping(self._calendar.busy(*slot), *slot))
