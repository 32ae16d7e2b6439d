"""Let callers through to a callflow behind a PIN, and lock out callers who guess."""

from typing import NamedTuple

from pivotkit import Call, Conversation, conversation
from pivotkit.core.setting_types import CallflowId, Text
from pivotkit.kazoo import Action, callflow, hangup, tts
from pivotkit.phone.pins import ask_pin
from pivotkit.phone.shared_pins import SharedPins

CLOSED = tts("Sorry, we couldn't verify your PIN. Please try again later. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The gate, and the callflow behind it."""

    gate: Text = Text("office")
    """name of the gate: the key of its Directory entry"""
    callflow: CallflowId = CallflowId("c0d1e2f3a4b5968778695a4b3c2d1e0f")
    """ID of your account's callflow behind the gate"""


pins = SharedPins("gate", tries=5, seconds=15 * 60)


@conversation(settings=Settings, by_number=True, fallback=CLOSED)
def handler(call: Call, settings: Settings) -> Conversation:
    accepted = yield from ask_pin(call, pins, settings.gate)
    return let_through(settings) if accepted else CLOSED


def let_through(settings: Settings) -> Action:
    goodbye = tts("Goodbye.") >> hangup()
    return tts("Thank you.") >> callflow(settings.callflow) >> goodbye
