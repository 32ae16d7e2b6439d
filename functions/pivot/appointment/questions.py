"""The questions about an appointment: what to do with it, and which free time to take."""

from appointments import Appointment, Calendar, Change, day_and_time
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Asking, ask

TRIES = 2
"""The times that a question is asked before the appointment is left unchanged."""

CHOICES = "To confirm, press 1. To reschedule, press 2. To cancel, press 3."
NO_SLOTS = "There are no other times available. To cancel your appointment, press 3."
NEW = (
    "I couldn't find an appointment for your phone number. To make one, press 1. To speak with "
    "someone, press 2."
)
ARE_YOU_SURE = "Are you sure? To cancel your appointment, press 3."

CONFIRM: Change = {"status": "confirmed"}
CANCEL: Change = {"status": "cancelled"}
NO_CHANGE: Change = {}

type ChangeQuestion = Asking[Change]


def ask_change(call: Call, calendar: Calendar, appointment: Appointment) -> ChangeQuestion:
    """Ask what to do with *appointment*; the change is empty to leave it. Raises `UpstreamDown`."""
    article = "a confirmed" if appointment.confirmed else "an"
    offer = f"You have {article} appointment {appointment.description}. {CHOICES}"
    match (yield from _ask_key(offer, "123")):
        case "1":
            return CONFIRM
        case "2":
            return (yield from _ask_new_time(call, calendar))
        case "3":
            return (yield from _ask_whether_to_cancel())
        case _:
            return NO_CHANGE


def ask_first_time(call: Call, calendar: Calendar) -> Asking[str]:
    """Offer the free times to a caller without an appointment; the start is '' for none."""
    if (yield from _ask_key(NEW, "12")) != "1":
        return ""
    slots = call.once("slots", list, calendar.slots)
    return (yield from _ask_slot(slots)) if slots else ""


def _ask_new_time(call: Call, calendar: Calendar) -> ChangeQuestion:
    """Offer the free times by number, or to cancel if there are none."""
    slots = call.once("slots", list, calendar.slots)
    if not slots:
        if (yield from _ask_key(NO_SLOTS, "3")):
            return (yield from _ask_whether_to_cancel())
        return NO_CHANGE
    start = yield from _ask_slot(slots)
    return {"start": start} if start else NO_CHANGE


def _ask_slot(slots: list[str]) -> Asking[str]:
    slots_by_key = {str(number): start for number, start in enumerate(slots, start=1)}
    offers = [f"For {day_and_time(start)}, press {key}." for key, start in slots_by_key.items()]
    key = yield from _ask_key(" ".join(offers), "".join(slots_by_key))
    return slots_by_key[key] if key else ""


def _ask_whether_to_cancel() -> ChangeQuestion:
    key = yield from _ask_key(ARE_YOU_SURE, "3")
    return CANCEL if key else NO_CHANGE


def _ask_key(prompt: str, keys: str) -> Asking[str | None]:
    """Ask for one of *keys*, and once more after a wrong one; `None` if no valid key is pressed."""
    apology = ""
    for _ in range(TRIES):
        key = yield from ask(f"{apology}{prompt}")
        if key is None or key in keys:
            return key
        apology = "Sorry, that's not a valid choice. "
    return None
