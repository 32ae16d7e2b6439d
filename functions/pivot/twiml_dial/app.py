"""Dial a number in TwiML, and tell the caller what became of it."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.twiml import Dial, Gather, Hangup, Number, Response, Say

NUMBER = Number(setting("NUMBER", "+14155550100"))
SECONDS = setting("RING_SECONDS", 30)
REASONS = {"busy": "The line is busy.", "no-answer": "There was no answer."}
AGAIN = "To try again, press 1."
GOODBYE = Response(Say("Goodbye."), Hangup())


@pivot(fallback=Response(Say("You cannot be connected right now. Goodbye."), Hangup()))
def handler(call: Call) -> Flow:
    key = call.pressed()
    if not call.follow_up or key == "1":
        return Response(Dial(NUMBER, timeout=SECONDS, action=call.url))
    if key or call.call_status == "completed":
        return GOODBYE
    reason = REASONS.get(call.call_status or "", "The call cannot be completed.")
    again = Gather(Say(f"{reason} {AGAIN}"), action=call.url, num_digits=1)
    return Response(again, Say("Goodbye."), Hangup())
