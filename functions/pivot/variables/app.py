"""Ask who is calling and why, and pass both to the next function in KAZOO's own variables."""

from typing import NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import CallflowId, UserId
from pivotkit.kazoo import Action, collect_dtmf, hangup, set_variables, tts, user

TOPICS = {"1": "sales", "2": "support"}
ASK_CUSTOMER_NUMBER = tts(
    "Please enter your customer number, followed by the pound key."
) >> collect_dtmf(8, collection_name="who")
ASK_TOPIC = tts("For sales, press 1. For support, press 2.") >> collect_dtmf(collection_name="why")


class Settings(NamedTuple):
    """The next function, and the user who helps without it."""

    next_callflow: CallflowId = CallflowId("f0e1d2c3b4a5968778695a4b3c2d1e0f")
    """ID of the stored callflow that begins with the next function"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes the call if that callflow is missing or a request fails"""


def ring_front_desk(settings: Settings) -> Action:
    unavailable = tts("No one is available right now. Please try again later. Goodbye.")
    return user(settings.front_desk, timeout=20) >> unavailable >> hangup()


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    if not call.follow_up:
        return ASK_CUSTOMER_NUMBER >> ASK_TOPIC >> kazoo.pivot(call.url)
    answers = set_variables({"customer": call.pressed("who"), "topic": chosen_topic(call)})
    return answers >> kazoo.callflow(settings.next_callflow) >> ring_front_desk(settings)


def chosen_topic(call: Call) -> str | None:
    """The topic that the caller chose; `None` after silence or a wrong key."""
    return TOPICS.get(call.pressed("why") or "")
