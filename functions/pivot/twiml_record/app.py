"""Record a message in TwiML, and thank callers who have left one."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.twiml import Hangup, Record, Response, Say

MAX_SECONDS = setting("MAX_SECONDS", 120)
SILENCE_SECONDS = setting("SILENCE_SECONDS", 5)

INVITATION = Say("Please leave a message after the tone. When you're done, press the pound key.")
NOTHING_HEARD = Say("Sorry, I didn't hear a message. Goodbye.")
THANKS = Say("Thank you. Your message has been recorded. Goodbye.")
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)


@pivot(fallback=UNAVAILABLE)
def handler(call: Call) -> Flow:
    if call.follow_up:
        return Response(THANKS if call.recording_duration else NOTHING_HEARD, Hangup())
    message = Record(
        action=call.url,
        max_length=MAX_SECONDS,
        timeout=SILENCE_SECONDS,
        finish_on_key="#",
    )
    return Response(INVITATION, message, NOTHING_HEARD, Hangup())
