"""Greet callers whom the CRM knows and connect them to support; take a message from others."""

import re

from pivotkit import Call, Flow, pivot, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import tts, user, voicemail
from pivotkit.services.upstream import Upstream, UpstreamDown

crm = Upstream("CRM_URL", "https://crm.example.com/api/v2", token=setting("CRM_TOKEN", ""))

SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
NOBODY = tts("No one is available right now. Please leave a message.") >> MAILBOX
TO_SUPPORT = user(SUPPORT, timeout=20) >> NOBODY
TO_FRONT_DESK = user(FRONT_DESK, timeout=20) >> NOBODY
LEAVE_A_MESSAGE = tts("Hello. Please leave a message, and we call you back.") >> MAILBOX


@pivot(fallback=TO_FRONT_DESK)
def handler(call: Call) -> Flow:
    try:
        names = names_of(call.caller.number)
    except UpstreamDown:
        return TO_FRONT_DESK
    if not names:
        return LEAVE_A_MESSAGE
    greeting = f"Hello {spoken(names[0])}." if len(names) == 1 else "Hello."
    return tts(f"{greeting} Connecting you to support.") >> TO_SUPPORT


def names_of(number: str) -> list[str]:
    """The names of those who have this number; a hidden number is nobody's."""
    if not re.fullmatch(r"\+?[0-9]{3,15}", number):
        return []
    found = crm.get("/users/search.json", query=f"phone:{number}")
    return [each.text("name") for each in found.each("users")]
