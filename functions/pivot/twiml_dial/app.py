"""Dial a number in TwiML, and tell callers why they were not connected."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import PhoneNumber, Seconds
from pivotkit.twiml import Dial, Gather, Hangup, Number, Response, Say

REASONS = {"busy": "The line is busy.", "no-answer": "There was no answer."}
OTHER_REASON = "The call couldn't be completed."
GOODBYE = Response(Say("Goodbye."), Hangup())
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)


class Settings(NamedTuple):
    """The number to dial, and for how long it rings."""

    number: PhoneNumber = PhoneNumber("+14155550100")
    """number that is dialed through the account's carriers"""
    ring_seconds: Seconds = Seconds(30)
    """how long it rings, in seconds"""


@pivot(settings=Settings, fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Flow:
    key = call.pressed()
    if not call.follow_up or key == "1":
        number = Number(settings.number)
        return Response(Dial(number, timeout=settings.ring_seconds, action=call.url))
    if key or call.call_status == "completed":
        return GOODBYE
    return offer_retry(call)


def offer_retry(call: Call) -> Response:
    """Say why nobody answered, and offer to dial again."""
    reason = REASONS.get(call.call_status or "", OTHER_REASON)
    prompt = Say(f"{reason} To try again, press 1.")
    return Response(Gather(prompt, action=call.url, num_digits=1), Say("Goodbye."), Hangup())
