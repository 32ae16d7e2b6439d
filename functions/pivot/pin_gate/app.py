"""Let callers through to a callflow behind a PIN; who tries too often is locked out for a while."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import callflow, hangup, tts
from pivotkit.phone.pins import ask_pin
from pivotkit.phone.shared_pins import SharedPins

GATE = setting("GATE", "office")
BEHIND = callflow(setting("CALLFLOW", "c0d1e2f3a4b5968778695a4b3c2d1e0f"))
OPEN = tts("Thank you.") >> BEHIND >> tts("Goodbye.") >> hangup()
CLOSED = tts("Please try again later. Goodbye.") >> hangup()

pins = SharedPins("gate", tries=5, seconds=15 * 60)


@conversation(fallback=CLOSED)
def handler(call: Call) -> Conversation:
    opened = yield from ask_pin(call, pins, GATE)
    return OPEN if opened else CLOSED
