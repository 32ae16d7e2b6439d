"""Dial a number in TwiML, and tell callers why they were not connected."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.twiml import Dial, Gather, Hangup, Number, Response, Say

NUMBER = setting("NUMBER", "+14155550100")
RING_SECONDS = setting("RING_SECONDS", 30)

REASONS = {"busy": "The line is busy.", "no-answer": "There was no answer."}
OTHER_REASON = "The call couldn't be completed."
GOODBYE = Response(Say("Goodbye."), Hangup())
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)


@pivot(fallback=UNAVAILABLE)
def handler(call: Call) -> Flow:
    key = call.pressed()
    if not call.follow_up or key == "1":
        return Response(Dial(Number(NUMBER), timeout=RING_SECONDS, action=call.url))
    if key or call.call_status == "completed":
        return GOODBYE
    return offer_retry(call)


def offer_retry(call: Call) -> Response:
    """Say why nobody answered, and offer to dial again."""
    reason = REASONS.get(call.call_status or "", OTHER_REASON)
    prompt = Say(f"{reason} To try again, press 1.")
    return Response(Gather(prompt, action=call.url, num_digits=1), Say("Goodbye."), Hangup())
