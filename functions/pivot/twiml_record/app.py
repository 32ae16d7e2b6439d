"""Record a message in TwiML, and tell those who say nothing that nothing was heard."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.twiml import Hangup, Record, Response, Say

MOST = setting("MAX_SECONDS", 120)
SILENCE = setting("SILENCE_SECONDS", 5)
PROMPT = Say("Please leave a message after the tone, and press pound when you are done.")
NOTHING = Say("We heard nothing. Goodbye.")
THANKS = Say("Thank you. Your message is recorded. Goodbye.")


@pivot(fallback=Response(Say("We cannot take a message right now. Goodbye."), Hangup()))
def handler(call: Call) -> Flow:
    if call.follow_up:
        return Response(THANKS if call.recording_duration else NOTHING, Hangup())
    message = Record(action=call.url, max_length=MOST, timeout=SILENCE, finish_on_key="#")
    return Response(PROMPT, message, NOTHING, Hangup())
