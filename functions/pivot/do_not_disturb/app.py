"""Turn do not disturb on or off, by a feature code or by a key."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import do_not_disturb, hangup, tts
from pivotkit.phone.feature_codes import UNCHANGED, Feature

DND_ID = setting("DND_ID", "") or None

GOODBYE = tts("Goodbye.") >> hangup()
TURN_ON = do_not_disturb("activate", id=DND_ID) >> GOODBYE
TURN_OFF = do_not_disturb("deactivate", id=DND_ID) >> GOODBYE
TOGGLE = do_not_disturb("toggle", id=DND_ID) >> GOODBYE

DO_NOT_DISTURB = Feature(
    codes={"*78": TURN_ON, "*79": TURN_OFF, "*76": TOGGLE},
    question="To turn on do not disturb, press 1. To turn it off, press 2.",
    keys={"1": TURN_ON, "2": TURN_OFF},
)


@pivot(fallback=UNCHANGED)
def handler(call: Call) -> Flow:
    return DO_NOT_DISTURB.flow(call)
