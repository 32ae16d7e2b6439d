"""Ring the front desk during office hours; after hours, say when it reopens and take a message."""

from datetime import datetime

from pivotkit import Call, Conversation, Flow, ask, conversation, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import hangup, tts, user, voicemail
from pivotkit.lookups.hours import OfficeHours, spoken_time
from pivotkit.phone.switches import Switch

OFFICE = setting("OFFICE", "")
SWITCH_NUMBER = setting("SWITCH_NUMBER", "*6051")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))

RING_FRONT_DESK = (
    user(FRONT_DESK, timeout=20)
    >> tts("No one is available right now. Please leave a message.")
    >> MAILBOX
)
GOODBYE = tts("Goodbye.") >> hangup()
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()

CHOOSE_MODE = (
    "To open the office, press 1. To close it, press 2. To follow the regular hours, press 3."
)
MODES = {"1": "open", "2": "closed", "3": "on schedule"}
CONFIRMATIONS = {
    "open": "The office is now open.",
    "closed": "The office is now closed.",
    "on schedule": "The office now follows its regular hours.",
}

hours = OfficeHours()
switch = Switch("office_hours")


@conversation(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Conversation:
    if call.request == SWITCH_NUMBER:
        return (yield from set_mode_by_phone(call))
    mode = switch.read(call).get("mode")
    office = hours.status(call, OFFICE or call.request, call.now)
    if mode == "closed":
        return closed(office.holiday)
    if mode == "open" or office.open:
        return RING_FRONT_DESK
    return closed(office.holiday, reopening(office.opens, call.now))


def closed(holiday: str | None, reopens: str = "") -> Flow:
    """Say that the office is closed, for which holiday if it is one, and take a message."""
    name = spoken(holiday or "")
    reason = f" for {name}" if name else ""
    return tts(f"We're closed{reason}.{reopens} Please leave a message.") >> MAILBOX


def reopening(opens: datetime | None, now: datetime) -> str:
    """Say when the office opens again, if that is known."""
    return f" We'll reopen {spoken_time(opens, now)}." if opens else ""


def set_mode_by_phone(call: Call) -> Conversation:
    """Ask for the PIN, then for the mode, and store it."""
    if not (yield from switch.unlocked(call)):
        return GOODBYE
    key = yield from ask(CHOOSE_MODE)
    if key not in MODES:
        return UNCHANGED
    mode = MODES[key]
    switch.set(call, mode=mode)
    return tts(f"{CONFIRMATIONS[mode]} Goodbye.") >> hangup()
