"""Greet and connect a caller by what another function has learnt of her, in KAZOO's variables."""

import re

from pivotkit import Call, Flow, pivot, setting
from pivotkit.calls.application_vars import text_var
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import hangup, tts, user

NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
FRONT_DESK = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20) >> NOBODY
SALES = user(setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20) >> NOBODY
SUPPORT = user(setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a"), timeout=20) >> NOBODY
TEAMS = {"sales": SALES, "support": SUPPORT}


@pivot(fallback=FRONT_DESK)
def handler(call: Call) -> Flow:
    customer, topic = text_var(call, "customer"), text_var(call, "topic")
    known = re.fullmatch(r"[0-9]{1,8}", customer)
    greeting = f"Welcome, customer {digit_by_digit(customer)}." if known else "Welcome."
    if topic not in TEAMS:
        return tts(f"{greeting} Please hold while Please hold while I connect you.") >> FRONT_DESK
    return tts(f"{greeting} Connecting you to {topic}.") >> TEAMS[topic]
