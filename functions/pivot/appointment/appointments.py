"""Appointments in a calendar that is another service, by the number of whom they are with us.

The calendar is asked with

    GET  /appointments?phone=+14155550123  -> {"appointments": [{"id": "a1", "status": "booked",
                                "start": "2027-01-12T14:00:00-08:00", "with": "Dr. Brown"}]}
    GET  /slots                            -> {"slots": ["2027-01-13T09:00:00-08:00"]}
    POST /appointments/a1 {"status": "confirmed"}   or "cancelled", or {"start": ...}
                                           -> {"appointment": {"id": "a1"}}

Times are ISO 8601 with an offset, and are spoken in that offset.
"""

import re
from collections.abc import Generator
from datetime import datetime
from typing import NamedTuple

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Question, Reply, ask
from pivotkit.core.speech import clock, spoken
from pivotkit.phone.numbers import NORTH_AMERICA, canonical
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown

MOST_SLOTS = 3
"""Free times that a caller is offered."""

TRIES = 2
"""How often a question is asked before the caller is let go."""

CHOICES = "To confirm it, press 1. To move it, press 2. To cancel it, press 3."
FULL = "There is no other free time. To cancel your appointment, press 3."
STATUS = {"1": {"status": "confirmed"}, "3": {"status": "cancelled"}}

type Change = dict[str, str]
"""What is to be changed: `status` or `start`."""

_NUMBER = re.compile(r"\+[0-9]{5,15}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONFIRMED = "confirmed"
_KEPT = ("booked", _CONFIRMED)


class Appointment(NamedTuple):
    """An appointment with *person*, at *start* in ISO 8601. Without an *id* there is none."""

    id: str = ""
    start: str = ""
    person: str = ""
    confirmed: bool = False

    @property
    def said(self) -> str:
        """When and with whom: `on Tuesday, January 12 at 2 PM with Dr. Brown`."""
        return f"on {day_and_time(self.start)} with {spoken(self.person)}"


class Calendar:
    """The calendar at *upstream*. Each method asks it once, and raises `UpstreamDown`.

    *home* is the country code in whose way a caller's number without `+` is read.
    """

    def __init__(self, upstream: Upstream, home: str = NORTH_AMERICA) -> None:
        self._upstream = upstream
        self._home = home

    def next_of(self, number: str) -> Appointment:
        """The next appointment of *number*. A withheld number has none, and nobody is asked."""
        phone = canonical(number, self._home)
        if not _NUMBER.fullmatch(phone):
            return Appointment()
        found = self._upstream.get("/appointments", phone=phone).each("appointments")
        kept = [self._read(each) for each in found if each.text("status") in _KEPT]
        return min(kept, key=lambda each: datetime.fromisoformat(each.start), default=Appointment())

    def slots(self) -> list[str]:
        """The first free times."""
        found = self._upstream.get("/slots").each("slots")
        return [_time(each) for each in found[:MOST_SLOTS]]

    def change(self, appointment: Appointment, change: Change, key: str) -> bool:
        """Change `status` or `start`; `False` when the calendar refuses, as for a taken time.

        *key* is the Idempotency-Key, as `call.effect_key` makes it.
        """
        try:
            answer = self._upstream.post(f"/appointments/{appointment.id}", {**change}, key=key)
        except UpstreamDown as error:
            if error.is_refusal:
                return False
            raise
        if answer.text("appointment", "id") != appointment.id:
            raise UpstreamDown(answer.service, "answered for another appointment")
        return True

    @staticmethod
    def _read(answer: UpstreamAnswer) -> Appointment:
        number = answer.text("id")
        if not _ID.fullmatch(number):
            raise UpstreamDown(answer.service, "the id of an appointment is none")
        confirmed = answer.text("status") == _CONFIRMED
        return Appointment(number, _time(answer, "start"), answer.text("with"), confirmed)


def _time(answer: UpstreamAnswer, *path: str) -> str:
    text = answer.text(*path)
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise UpstreamDown(answer.service, f"a time of {answer.where} is none with an offset")
    return text


def day_and_time(start: str) -> str:
    """A time in ISO 8601 as people say it: `Tuesday, January 12 at 2 PM`."""
    moment = datetime.fromisoformat(start)
    return f"{moment:%A, %B} {moment.day} at {clock(moment)}"


def ask_change(
    call: Call, calendar: Calendar, appointment: Appointment
) -> Generator[Question, Reply, Change]:
    """Ask what to do with *appointment*; empty when it stays as it is. Raises `UpstreamDown`."""
    kind = "a confirmed" if appointment.confirmed else "an"
    key = yield from _ask_key(f"You have {kind} appointment {appointment.said}. {CHOICES}", "123")
    if key == "2":
        slots = call.once("slots", list, calendar.slots)
        if slots:
            return (yield from _ask_slot(slots))
        key = yield from _ask_key(FULL, "3")
    if key == "3":
        key = yield from _ask_key("To cancel it, press 3 once more.", "3")
    return STATUS[key] if key else {}


def _ask_slot(slots: list[str]) -> Generator[Question, Reply, Change]:
    """Offer free times by number."""
    numbered = {str(number): start for number, start in enumerate(slots, 1)}
    offers = [f"For {day_and_time(start)}, press {key}." for key, start in numbered.items()]
    key = yield from _ask_key(" ".join(offers), "".join(numbered))
    return {"start": numbered[key]} if key else {}


def _ask_key(prompt: str, keys: str) -> Generator[Question, Reply, str | None]:
    """Ask for one of *keys*, after a wrong one once more; `None` for silence or two wrong ones."""
    sorry = ""
    for _ in range(TRIES):
        key = yield from ask(f"{sorry}{prompt}")
        if key is None or key in keys:
            return key
        sorry = "Sorry, that's not a valid choice. "
    return None
