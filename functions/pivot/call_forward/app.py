"""Switch the caller's call forwarding on or off, change its number, or hear what is set."""

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.kazoo import call_forward, collect_dtmf, hangup, tts

GOODBYE = tts("Goodbye.") >> hangup()
ON = call_forward("activate") >> GOODBYE
OFF = call_forward("deactivate") >> GOODBYE
NUMBER = call_forward("update") >> GOODBYE
STATUS = call_forward("menu") >> GOODBYE

CODES = {"*72": ON, "*73": OFF, "*56": NUMBER}
KEYS = {"1": ON, "2": OFF, "3": NUMBER, "4": STATUS}
ASK = tts(
    "To forward your calls, press 1. To stop it, press 2. "
    "To change the number, press 3. To hear what is set, press 4."
) >> collect_dtmf(collection_name="call_forward")
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()


@pivot(fallback=STATUS)
def handler(call: Call) -> Flow:
    if call.request in CODES:
        return CODES[call.request]
    if call.follow_up:
        key = call.pressed("call_forward")
        if key is None or key in KEYS:
            return KEYS[key] if key else UNCHANGED
    return ASK >> kazoo.pivot(call.url)
