"""Greet and connect callers by what another function has put into KAZOO's variables."""

import re

from pivotkit import Call, Flow, pivot, setting
from pivotkit.calls.application_vars import text_var
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import hangup, tts, user

FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SALES = setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")

NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> NO_ONE_AVAILABLE
TEAMS = {
    "sales": user(SALES, timeout=20) >> NO_ONE_AVAILABLE,
    "support": user(SUPPORT, timeout=20) >> NO_ONE_AVAILABLE,
}


@pivot(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Flow:
    topic = text_var(call, "topic")
    if topic in TEAMS:
        return tts(f"{greeting_of(call)} Connecting you to {topic}.") >> TEAMS[topic]
    return tts(f"{greeting_of(call)} Please hold while I connect you.") >> RING_FRONT_DESK


def greeting_of(call: Call) -> str:
    """The greeting, with the customer number if the variable looks like one."""
    customer = text_var(call, "customer")
    if not re.fullmatch(r"[0-9]{1,8}", customer):
        return "Welcome."
    return f"Welcome, customer {digit_by_digit(customer)}."
