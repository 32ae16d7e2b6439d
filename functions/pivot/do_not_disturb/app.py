"""Switch do not disturb on or off, by a feature code or by a key."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import do_not_disturb, hangup, tts
from pivotkit.phone.feature_codes import UNCHANGED, Feature

WHOSE = setting("DND_ID", "") or None

GOODBYE = tts("Goodbye.") >> hangup()
ON = do_not_disturb("activate", id=WHOSE) >> GOODBYE
OFF = do_not_disturb("deactivate", id=WHOSE) >> GOODBYE
TOGGLE = do_not_disturb("toggle", id=WHOSE) >> GOODBYE

DO_NOT_DISTURB = Feature(
    codes={"*78": ON, "*79": OFF, "*76": TOGGLE},
    question="To be left undisturbed, press 1. To be called again, press 2.",
    keys={"1": ON, "2": OFF},
)


@pivot(fallback=UNCHANGED)
def handler(call: Call) -> Flow:
    return DO_NOT_DISTURB.flow(call)
