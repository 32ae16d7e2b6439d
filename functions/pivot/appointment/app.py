"""Let a caller confirm, move or cancel her next appointment, which a calendar knows."""

from functools import partial

from appointments import Appointment, Calendar, ask_change, day_and_time
from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.services.upstream import Upstream, UpstreamDown

TOKEN = setting("CALENDAR_TOKEN", "")
calendar = Calendar(Upstream("CALENDAR_URL", "https://calendar.example.com/v1", token=TOKEN))

NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
FRONT_DESK = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20) >> NOBODY
DOWN = (
    tts(
        "Sorry, our calendar does not answer right now. Please hold while Please hold while I connect you."
    )
    >> FRONT_DESK
)
NONE = (
    tts(
        "We have no appointment for your number. Please hold while Please hold while I connect you."
    )
    >> FRONT_DESK
)
REFUSED = (
    tts("Sorry, that is not possible any more. Please hold while Please hold while I connect you.")
    >> FRONT_DESK
)
UNCHANGED = tts("Your appointment stays as it is. Goodbye.") >> hangup()
CONFIRMED = tts("Thank you. Your appointment is confirmed. Goodbye.") >> hangup()
CANCELLED = tts("Your appointment is cancelled. Goodbye.") >> hangup()


@conversation(fallback=DOWN)
def handler(call: Call) -> Conversation:
    try:
        mine = call.once("mine", Appointment, partial(calendar.next_of, call.caller.number))
        if not mine.id:
            return NONE
        change = yield from ask_change(call, calendar, mine)
        if not change:
            return UNCHANGED
        if not calendar.change(mine, change, call.effect_key("change")):
            return REFUSED
    except UpstreamDown:
        return DOWN
    if "status" in change:
        return CONFIRMED if change["status"] == "confirmed" else CANCELLED
    return tts(f"Your appointment is now on {day_and_time(change['start'])}. Goodbye.") >> hangup()
