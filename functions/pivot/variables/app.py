"""Ask who is calling and why, and pass both to the next function in KAZOO's own variables."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import collect_dtmf, hangup, set_variables, tts, user

NEXT_CALLFLOW = setting("NEXT_CALLFLOW", "f0e1d2c3b4a5968778695a4b3c2d1e0f")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")

TOPICS = {"1": "sales", "2": "support"}
ASK_CUSTOMER_NUMBER = tts(
    "Please enter your customer number, followed by the pound key."
) >> collect_dtmf(8, collection_name="who")
ASK_TOPIC = tts("For sales, press 1. For support, press 2.") >> collect_dtmf(collection_name="why")
RING_FRONT_DESK = (
    user(FRONT_DESK, timeout=20)
    >> tts("No one is available right now. Please try again later. Goodbye.")
    >> hangup()
)


@pivot(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return ASK_CUSTOMER_NUMBER >> ASK_TOPIC >> kazoo.pivot(call.url)
    answers = set_variables({"customer": call.pressed("who"), "topic": chosen_topic(call)})
    return answers >> kazoo.callflow(NEXT_CALLFLOW) >> RING_FRONT_DESK


def chosen_topic(call: Call) -> str | None:
    """The topic that the caller chose; `None` after silence or a wrong key."""
    return TOPICS.get(call.pressed("why") or "")
