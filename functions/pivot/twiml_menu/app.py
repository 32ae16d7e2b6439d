"""A menu in TwiML, for people who come from Twilio."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.twiml import Dial, Gather, Hangup, Response, Say, User

SALES = User(setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f"))
SUPPORT = User(setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a"))
CHOICES = {"1": SALES, "2": SUPPORT}
CONNECT = Response(Dial(SALES, timeout=20), Hangup())
MENU = "For sales, press 1. For support, press 2."


@pivot(fallback=CONNECT)
def handler(call: Call) -> Flow:
    choice = CHOICES.get(call.pressed() or "")
    if choice:
        return Response(Dial(choice, timeout=20), Hangup())
    prompt = MENU if not call.follow_up else f"Sorry, that's not a valid choice. {MENU}"
    return Response(Gather(Say(prompt), action=call.url, num_digits=1), Say("Goodbye."), Hangup())
