"""Let callers confirm, reschedule or cancel their next appointment."""

from functools import partial
from typing import NamedTuple

from appointments import Appointment, Calendar, Change, day_and_time
from pivotkit import Call, Conversation, Flow, conversation
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import UserId
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.numbers import Country
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown
from questions import CONFIRM, ask_change

CALENDAR_DOWN = "Sorry, I can't reach our calendar right now. Please hold while I connect you."
NO_APPOINTMENT = (
    "I couldn't find an appointment for your phone number. Please hold while I connect you."
)
REFUSED = "Sorry, that's no longer possible. Please hold while I connect you."
UNCHANGED = tts("Your appointment is unchanged. Goodbye.") >> hangup()
CONFIRMED = tts("Thank you. Your appointment is confirmed. Goodbye.") >> hangup()
CANCELED = tts("Thank you. Your appointment has been canceled. Goodbye.") >> hangup()
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The calendar, and the user who takes calls that cannot be handled here."""

    calendar_url: ServiceUrl = ServiceUrl("https://calendar.example.com/v1")
    """base URL of the calendar's API"""
    calendar_token: Secret = Secret()
    """bearer token for the calendar, if it needs one"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes calls that cannot be handled here"""


def connect(reason: str, settings: Settings) -> Action:
    return tts(reason) >> user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


def calendar_down(settings: Settings) -> Action:
    return connect(CALENDAR_DOWN, settings)


@conversation(settings=Settings, fallback=calendar_down)
def handler(call: Call, settings: Settings) -> Conversation:
    calendar = calendar_of(settings)
    try:
        find = partial(calendar.next_of, call.caller.number)
        appointment = call.once("mine", Appointment, find)
        if not appointment.id:
            return connect(NO_APPOINTMENT, settings)
        change = yield from ask_change(call, calendar, appointment)
        if not change:
            return UNCHANGED
        if not calendar.change(appointment, change, call.effect_key("change")):
            return connect(REFUSED, settings)
    except UpstreamDown:
        return calendar_down(settings)
    return result(change)


def calendar_of(settings: Settings) -> Calendar:
    service = Upstream.at("calendar", settings.calendar_url, token=settings.calendar_token)
    return Calendar(service, settings.home_country)


def result(change: Change) -> Flow:
    """The message about a change that the calendar has made."""
    if "start" in change:
        moved = f"Your appointment has been moved to {day_and_time(change['start'])}."
        return tts(f"Thank you. {moved} Goodbye.") >> hangup()
    return CONFIRMED if change == CONFIRM else CANCELED
