"""Tell everybody that the office is closed, and why, once somebody has said so by phone."""

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import hangup, tts, user, voicemail
from pivotkit.phone.switches import Switch

SWITCH_NUMBER = setting("SWITCH_NUMBER", "*6063")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
OPEN = (
    user(FRONT_DESK, timeout=20)
    >> tts("No one is available right now. Please leave a message.")
    >> MAILBOX
)
CHOICE = "To close because of the weather, press 1. For a power failure, press 2. To open, press 0."
REASONS = {"0": "", "1": "because of the weather", "2": "because of a power failure"}

closure = Switch("emergency_closure")


@conversation(fallback=OPEN)
def handler(call: Call) -> Conversation:
    if call.request == SWITCH_NUMBER:
        return (yield from switched_by_phone(call))
    reason = spoken(str(closure.read().get("reason", "")))
    if not reason:
        return OPEN
    return tts(f"We are closed {reason}. Please call again another day. Goodbye.") >> hangup()


def switched_by_phone(call: Call) -> Conversation:
    if not (yield from closure.unlocked(call)):
        return tts("Goodbye.") >> hangup()
    reason = REASONS.get((yield from ask(CHOICE)) or "")
    if reason is None:
        return tts("Nothing is changed. Goodbye.") >> hangup()
    closure.set(reason=reason)
    state = f"closed {reason}" if reason else "open"
    return tts(f"The office is {state} from now on. Goodbye.") >> hangup()
