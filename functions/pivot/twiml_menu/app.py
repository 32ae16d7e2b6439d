"""Offer a menu in TwiML, for developers who come from Twilio."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.twiml import Dial, Gather, Hangup, Response, Say, User

SALES = User(setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f"))
SUPPORT = User(setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a"))

MENU = "For sales, press 1. For support, press 2."
CHOICES = {
    "1": Response(Dial(SALES, timeout=20), Hangup()),
    "2": Response(Dial(SUPPORT, timeout=20), Hangup()),
}


@pivot(fallback=CHOICES["1"])
def handler(call: Call) -> Flow:
    key = call.pressed()
    if key in CHOICES:
        return CHOICES[key]
    prompt = f"Sorry, that's not a valid choice. {MENU}" if call.follow_up else MENU
    return Response(Gather(Say(prompt), action=call.url, num_digits=1), Say("Goodbye."), Hangup())
