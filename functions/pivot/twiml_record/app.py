"""Record a message in TwiML, and thank callers who have left one."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import Seconds
from pivotkit.twiml import Hangup, Record, Response, Say

INVITATION = Say("Please leave a message after the tone. When you're done, press the pound key.")
NOTHING_HEARD = Say("Sorry, I didn't hear a message. Goodbye.")
THANKS = Say("Thank you. Your message has been recorded. Goodbye.")
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)


class Settings(NamedTuple):
    """The limits of a message."""

    max_seconds: Seconds = Seconds(120)
    """longest message, in seconds, at most 3600"""
    silence_seconds: Seconds = Seconds(5)
    """seconds of silence that end a message"""


@pivot(settings=Settings, fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Flow:
    if call.follow_up:
        return Response(THANKS if call.recording_duration else NOTHING_HEARD, Hangup())
    message = Record(
        action=call.url,
        max_length=settings.max_seconds,
        timeout=settings.silence_seconds,
        finish_on_key="#",
    )
    return Response(INVITATION, message, NOTHING_HEARD, Hangup())
