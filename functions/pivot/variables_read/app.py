"""Greet and connect callers by what another function has put into KAZOO's variables."""

import re
from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.calls.application_vars import text_var
from pivotkit.core.setting_types import UserId
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import Action, hangup, tts, user

NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The users of the topics."""

    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes calls without a topic"""
    sales: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes calls for `sales`"""
    support: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user who takes calls for `support`"""


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    teams = {"sales": settings.sales, "support": settings.support}
    topic = text_var(call, "topic")
    greeting = greeting_of(call)
    if topic not in teams:
        wait = tts(f"{greeting} Please hold while I connect you.")
        return wait >> ring_front_desk(settings)
    ring = user(teams[topic], timeout=20) >> NO_ONE_AVAILABLE
    return tts(f"{greeting} Connecting you to {topic}.") >> ring


def greeting_of(call: Call) -> str:
    """The greeting, with the customer number if the variable looks like one."""
    customer = text_var(call, "customer")
    if not re.fullmatch(r"[0-9]{1,8}", customer):
        return "Welcome."
    return f"Welcome, customer {digit_by_digit(customer)}."
