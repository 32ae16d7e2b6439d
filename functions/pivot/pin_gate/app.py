"""Let callers through to a callflow behind a PIN, and lock out callers who guess."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import callflow, hangup, tts
from pivotkit.phone.pins import ask_pin
from pivotkit.phone.shared_pins import SharedPins

GATE = setting("GATE", "office")
CALLFLOW = setting("CALLFLOW", "c0d1e2f3a4b5968778695a4b3c2d1e0f")

OPEN = tts("Thank you.") >> callflow(CALLFLOW) >> tts("Goodbye.") >> hangup()
CLOSED = tts("Sorry, we couldn't verify your PIN. Please try again later. Goodbye.") >> hangup()

pins = SharedPins("gate", tries=5, seconds=15 * 60)


@conversation(fallback=CLOSED)
def handler(call: Call) -> Conversation:
    accepted = yield from ask_pin(call, pins, GATE)
    return OPEN if accepted else CLOSED
