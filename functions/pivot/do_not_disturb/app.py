"""Switch do not disturb on or off, by a feature code or by a key."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import collect_dtmf, do_not_disturb, hangup, tts

WHOSE = setting("DND_ID", "") or None

GOODBYE = tts("Goodbye.") >> hangup()
ON = do_not_disturb("activate", id=WHOSE) >> GOODBYE
OFF = do_not_disturb("deactivate", id=WHOSE) >> GOODBYE
TOGGLE = do_not_disturb("toggle", id=WHOSE) >> GOODBYE

CODES = {"*78": ON, "*79": OFF, "*76": TOGGLE}
KEYS = {"1": ON, "2": OFF}
ASK = tts("To be left undisturbed, press 1. To be called again, press 2.") >> collect_dtmf(
    collection_name="do_not_disturb"
)
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()


@pivot(fallback=UNCHANGED)
def handler(call: Call) -> Flow:
    if call.request in CODES:
        return CODES[call.request]
    if call.follow_up:
        key = call.pressed("do_not_disturb")
        if key is None or key in KEYS:
            return KEYS[key] if key else UNCHANGED
    return ASK >> kazoo.pivot(call.url)
