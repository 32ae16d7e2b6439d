"""Let callers confirm, reschedule or cancel their next appointment."""

from functools import partial

from appointments import Appointment, Calendar, Change, day_and_time
from pivotkit import Call, Conversation, Flow, conversation, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.phone.numbers import home_country
from pivotkit.services.upstream import Upstream, UpstreamDown
from questions import CONFIRM, ask_change

TOKEN = setting("CALENDAR_TOKEN", "")
HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")

calendars = Upstream("CALENDAR_URL", "https://calendar.example.com/v1", token=TOKEN)
calendar = Calendar(calendars, HOME_COUNTRY)

NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> NO_ONE_AVAILABLE
CALENDAR_DOWN = (
    tts("Sorry, I can't reach our calendar right now. Please hold while I connect you.")
    >> RING_FRONT_DESK
)
NO_APPOINTMENT = (
    tts("I couldn't find an appointment for your phone number. Please hold while I connect you.")
    >> RING_FRONT_DESK
)
REFUSED = (
    tts("Sorry, that's no longer possible. Please hold while I connect you.") >> RING_FRONT_DESK
)
UNCHANGED = tts("Your appointment is unchanged. Goodbye.") >> hangup()
CONFIRMED = tts("Thank you. Your appointment is confirmed. Goodbye.") >> hangup()
CANCELED = tts("Thank you. Your appointment has been canceled. Goodbye.") >> hangup()


@conversation(fallback=CALENDAR_DOWN)
def handler(call: Call) -> Conversation:
    try:
        find = partial(calendar.next_of, call.caller.number)
        appointment = call.once("mine", Appointment, find)
        if not appointment.id:
            return NO_APPOINTMENT
        change = yield from ask_change(call, calendar, appointment)
        if not change:
            return UNCHANGED
        if not calendar.change(appointment, change, call.effect_key("change")):
            return REFUSED
    except UpstreamDown:
        return CALENDAR_DOWN
    return result(change)


def result(change: Change) -> Flow:
    """The message about a change that the calendar has made."""
    if "start" in change:
        moved = f"Your appointment has been moved to {day_and_time(change['start'])}."
        return tts(f"Thank you. {moved} Goodbye.") >> hangup()
    return CONFIRMED if change == CONFIRM else CANCELED
