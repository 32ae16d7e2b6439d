"""Tell every caller that the office is closed, and why, once staff have closed it by phone."""

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import hangup, tts, user, voicemail
from pivotkit.phone.switches import Switch

SWITCH_NUMBER = setting("SWITCH_NUMBER", "*6063")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))

RING_FRONT_DESK = (
    user(FRONT_DESK, timeout=20)
    >> tts("No one is available right now. Please leave a message.")
    >> MAILBOX
)
GOODBYE = tts("Goodbye.") >> hangup()
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()

CHOOSE_REASON = (
    "To close because of the weather, press 1. To close because of a power outage, press 2. "
    "To reopen, press 0."
)
REASONS = {
    "1": "because of the weather",
    "2": "because of a power outage",
    "0": "",
}

closure = Switch("emergency_closure")


@conversation(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Conversation:
    if call.request == SWITCH_NUMBER:
        return (yield from set_closure_by_phone(call))
    reason = spoken(str(closure.read(call).get("reason", "")))
    if not reason:
        return RING_FRONT_DESK
    return tts(f"We're closed {reason}. Please call back another day. Goodbye.") >> hangup()


def set_closure_by_phone(call: Call) -> Conversation:
    """Ask for the PIN, then for the reason, and store it; an empty reason reopens the office."""
    if not (yield from closure.unlocked(call)):
        return GOODBYE
    key = yield from ask(CHOOSE_REASON)
    if key not in REASONS:
        return UNCHANGED
    reason = REASONS[key]
    closure.set(call, reason=reason)
    state = f"closed {reason}" if reason else "open"
    return tts(f"The office is now {state}. Goodbye.") >> hangup()
