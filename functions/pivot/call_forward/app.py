"""Turn the caller's call forwarding on or off, change its number, or hear its current setting."""

from pivotkit import Call, Flow, pivot
from pivotkit.kazoo import call_forward, hangup, tts
from pivotkit.phone.feature_codes import Feature

GOODBYE = tts("Goodbye.") >> hangup()
TURN_ON = call_forward("activate") >> GOODBYE
TURN_OFF = call_forward("deactivate") >> GOODBYE
CHANGE_NUMBER = call_forward("update") >> GOODBYE
HEAR_SETTING = call_forward("menu") >> GOODBYE

FORWARDING = Feature(
    codes={"*72": TURN_ON, "*73": TURN_OFF, "*56": CHANGE_NUMBER},
    question="To turn on call forwarding, press 1. To turn it off, press 2. "
    "To change the number, press 3. To hear your current setting, press 4.",
    keys={"1": TURN_ON, "2": TURN_OFF, "3": CHANGE_NUMBER, "4": HEAR_SETTING},
)


@pivot(fallback=HEAR_SETTING)
def handler(call: Call) -> Flow:
    return FORWARDING.flow(call)
