"""Appointments in the calendar of another service, found by the caller's phone number.

Requests to the calendar, and its answers:

    GET  /appointments?phone=+14155550123  -> {"appointments": [{"id": "a1", "status": "booked",
                                "start": "2027-01-12T14:00:00-08:00", "with": "Dr. Brown"}]}
    GET  /slots                            -> {"slots": ["2027-01-13T09:00:00-08:00"]}
    POST /appointments/a1 {"status": "confirmed"}   or "cancelled", or {"start": ...}
                                           -> {"appointment": {"id": "a1"}}

Times are ISO 8601 with an offset, and are spoken in that offset.
"""

import re
from datetime import datetime
from typing import NamedTuple, Protocol

from pivotkit.core.speech import clock, spoken
from pivotkit.phone.numbers import canonical
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown

MOST_SLOTS = 3
"""The most free times that are offered to a caller."""

type Change = dict[str, str]
"""The fields of an appointment to change: `status` or `start`."""

_NUMBER = re.compile(r"\+[0-9]{5,15}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONFIRMED = "confirmed"
_ACTIVE = ("booked", _CONFIRMED)


class Appointment(NamedTuple):
    """An appointment with *person*, at *start* in ISO 8601. An empty *id* means none was found."""

    id: str = ""
    start: str = ""
    person: str = ""
    confirmed: bool = False

    @property
    def description(self) -> str:
        """Time and person in words: `on Tuesday, January 12 at 2 PM with Dr. Brown`."""
        return f"on {day_and_time(self.start)} with {spoken(self.person)}"


class Calendar(Protocol):
    """A calendar with appointments. Its methods raise `UpstreamDown`."""

    def next_of(self, number: str) -> Appointment:
        """The next appointment of a caller's *number*; withheld numbers have none."""
        ...

    def slots(self) -> list[str]:
        """The first free times, in ISO 8601 with an offset."""
        ...

    def change(self, appointment: Appointment, change: Change, key: str) -> bool:
        """Make *change*; `False` if it is not possible, as for a time that is taken."""
        ...

    def takes_new(self, number: str) -> bool:
        """Tell whether a caller with this *number* can make an appointment."""
        ...

    def add(self, number: str, start: str, key: str) -> bool:
        """Make an appointment, once for each *key*; `False` if the time is taken."""
        ...


class CalendarService:
    """The calendar at *upstream*. Each method makes one request, and raises `UpstreamDown`.

    *home* is the default country (ISO 3166) for callers' numbers without `+`.
    """

    def __init__(self, upstream: Upstream, home: str) -> None:
        self._upstream = upstream
        self._home = home

    def next_of(self, number: str) -> Appointment:
        """The next appointment of *number*. A withheld number has none, and is not looked up."""
        phone = phone_of(number, self._home)
        if not phone:
            return Appointment()
        answers = self._upstream.get("/appointments", phone=phone).each("appointments")
        active = [_appointment(each) for each in answers if each.text("status") in _ACTIVE]
        return min(active, key=_start, default=Appointment())

    def slots(self) -> list[str]:
        """The first free times."""
        answers = self._upstream.get("/slots").each("slots")
        return [_time(each) for each in answers[:MOST_SLOTS]]

    def change(self, appointment: Appointment, change: Change, key: str) -> bool:
        """Make *change*; `False` if the calendar refuses it, as for a time that is taken.

        *key* is the Idempotency-Key, as `call.effect_key` makes it.
        """
        try:
            answer = self._upstream.post(f"/appointments/{appointment.id}", {**change}, key=key)
        except UpstreamDown as error:
            if error.is_refusal:
                return False
            raise
        if answer.text("appointment", "id") != appointment.id:
            raise UpstreamDown(answer.service, "the answer is for another appointment")
        return True

    def takes_new(self, number: str) -> bool:
        """Return `False`: the service only changes appointments."""
        del number
        return False

    def add(self, number: str, start: str, key: str) -> bool:
        """Raise `NotImplementedError`: give your service a request for new appointments here."""
        raise NotImplementedError


def phone_of(number: str, home: str) -> str:
    """A caller's *number* as `+14155550123`, or '' if it is withheld or no number."""
    phone = canonical(number, home)
    return phone if _NUMBER.fullmatch(phone) else ""


def day_and_time(start: str) -> str:
    """A time in ISO 8601 as people say it: `Tuesday, January 12 at 2 PM`."""
    moment = datetime.fromisoformat(start)
    return f"{moment:%A, %B} {moment.day} at {clock(moment)}"


def _appointment(answer: UpstreamAnswer) -> Appointment:
    appointment_id = answer.text("id")
    if not _ID.fullmatch(appointment_id):
        raise UpstreamDown(answer.service, "the ID of an appointment is not valid")
    return Appointment(
        id=appointment_id,
        start=_time(answer, "start"),
        person=answer.text("with"),
        confirmed=answer.text("status") == _CONFIRMED,
    )


def _start(appointment: Appointment) -> datetime:
    return datetime.fromisoformat(appointment.start)


def _time(answer: UpstreamAnswer, *path: str) -> str:
    text = answer.text(*path)
    try:
        has_offset = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        has_offset = False
    if not has_offset:
        raise UpstreamDown(answer.service, f"a time in {answer.where} is not ISO 8601 with offset")
    return text
