"""Choose what happens to a call by regular expressions over caller and dialed number."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import hangup, response, tts, user, voicemail
from pivotkit.phone.numbers import home_country
from rules import CallerRules

HOME = home_country("HOME_COUNTRY", "US")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
WEST_OFFICE = setting("WEST_OFFICE", "d4e2c6a3f5b7180990817c6d5e4f3a2b")

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> UNAVAILABLE
FLOWS = {
    "refuse": response(603, message="Decline"),
    "message": tts("Please leave a message.") >> voicemail(MAILBOX),
    "support": user(SUPPORT, timeout=20) >> UNAVAILABLE,
    "west": user(WEST_OFFICE, timeout=20) >> UNAVAILABLE,
}

rules = CallerRules.beside(__file__, "rules.json", FLOWS, HOME)


@pivot(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Flow:
    return rules.flow(call) or RING_FRONT_DESK
