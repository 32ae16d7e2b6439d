"""Ask who calls and why, and hand both on to the next function in KAZOO's own variables."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import collect_dtmf, hangup, set_variables, tts, user

NEXT = kazoo.callflow(setting("NEXT_CALLFLOW", "f0e1d2c3b4a5968778695a4b3c2d1e0f"))
FRONT_DESK = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20)
NOBODY = (
    FRONT_DESK >> tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)

WHO = tts("Please enter your customer number, followed by the pound key.")
WHY = tts("For sales, press 1. For support, press 2.")
QUESTIONS = (
    WHO >> collect_dtmf(8, collection_name="who") >> WHY >> collect_dtmf(collection_name="why")
)
TOPICS = {"1": "sales", "2": "support"}


@pivot(fallback=NOBODY)
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return QUESTIONS >> kazoo.pivot(call.url)
    topic = TOPICS.get(call.pressed("why") or "")
    return set_variables({"customer": call.pressed("who"), "topic": topic}) >> NEXT >> NOBODY
