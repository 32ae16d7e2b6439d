"""Switch the caller's call forwarding on or off, change its number, or hear what is set."""

from pivotkit import Call, Flow, pivot
from pivotkit.kazoo import call_forward, hangup, tts
from pivotkit.phone.feature_codes import Feature

GOODBYE = tts("Goodbye.") >> hangup()
ON = call_forward("activate") >> GOODBYE
OFF = call_forward("deactivate") >> GOODBYE
NUMBER = call_forward("update") >> GOODBYE
STATUS = call_forward("menu") >> GOODBYE

FORWARDING = Feature(
    codes={"*72": ON, "*73": OFF, "*56": NUMBER},
    question="To forward your calls, press 1. To stop it, press 2. "
    "To change the number, press 3. To hear what is set, press 4.",
    keys={"1": ON, "2": OFF, "3": NUMBER, "4": STATUS},
)


@pivot(fallback=STATUS)
def handler(call: Call) -> Flow:
    return FORWARDING.flow(call)
