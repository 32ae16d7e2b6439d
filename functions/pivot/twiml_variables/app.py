"""Remember a caller's choice in KAZOO itself with TwiML's Set, and read it in a later request."""

from pivotkit import Call, Flow, pivot
from pivotkit.twiml import Gather, Hangup, Redirect, Response, Say, Set

COLORS = {"1": "red", "2": "blue"}
MENU = "For red, press 1. For blue, press 2."
UNAVAILABLE = Response(
    Say("Sorry, something went wrong. Please try again later. Goodbye."), Hangup()
)


@pivot(fallback=UNAVAILABLE)
def handler(call: Call) -> Flow:
    color = call.variables.get("color")
    if color in COLORS.values():
        return Response(Say(f"You chose {color}. Goodbye."), Hangup())
    key = call.pressed() or ""
    if key in COLORS:
        return Response(Set("color", COLORS[key]), Redirect(call.url))
    prompt = f"Sorry, that's not a valid choice. {MENU}" if key else MENU
    return Response(Gather(Say(prompt), action=call.url, num_digits=1), Say("Goodbye."), Hangup())
