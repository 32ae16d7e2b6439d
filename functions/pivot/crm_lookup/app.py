"""Greet callers found in the CRM and connect them to support; take a message from others."""

import re

from pivotkit import Call, Flow, pivot, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import tts, user, voicemail
from pivotkit.services.upstream import Upstream, UpstreamDown

SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))

NO_ONE_AVAILABLE = tts("No one is available right now. Please leave a message.") >> MAILBOX
RING_SUPPORT = user(SUPPORT, timeout=20) >> NO_ONE_AVAILABLE
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> NO_ONE_AVAILABLE
TAKE_MESSAGE = tts("Hello. Please leave a message, and we'll call you back.") >> MAILBOX

crm = Upstream("CRM_URL", "https://crm.example.com/api/v2", token=setting("CRM_TOKEN", ""))


@pivot(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Flow:
    try:
        names = [] if call.caller.withheld else find_names(call.caller.number)
    except UpstreamDown:
        return RING_FRONT_DESK
    if not names:
        return TAKE_MESSAGE
    return tts(f"{greeting(names)} Connecting you to support.") >> RING_SUPPORT


def find_names(number: str) -> list[str]:
    """Return the names of the customers with this number; none if it is no phone number."""
    if not re.fullmatch(r"\+?[0-9]{3,15}", number):
        return []
    answer = crm.get("/users/search.json", query=f"phone:{number}")
    return [customer.text("name") for customer in answer.each("users")]


def greeting(names: list[str]) -> str:
    """Greet the caller by name, unless several customers share the number."""
    if len(names) > 1:
        return "Hello."
    return f"Hello {spoken(names[0])}".rstrip() + "."
