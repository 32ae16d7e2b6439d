"""Dial out through a carrier: the number that the caller dialled, if allowed, or a set one."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import hangup, offnet, resources, tts
from pivotkit.phone.dialing import DialPolicy

NUMBER = setting("NUMBER", "")
SECONDS = setting("RING_SECONDS", 30)
CARRIERS = {"global": offnet, "local": resources}
dial = CARRIERS[choice("CARRIERS", "global", *CARRIERS)]
policy = DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA"))

REASONS = {
    "USER_BUSY": "The line is busy.",
    "NO_ANSWER": "There was no answer.",
    "CALL_REJECTED": "The call was not taken.",
    "UNALLOCATED_NUMBER": "There is no such number.",
    "NO_ROUTE_DESTINATION": "No carrier takes calls to this number.",
    "sip:503": "All lines are busy. Please try again later.",
}
REFUSED = tts("Sorry, this number may not be dialled from here. Goodbye.") >> hangup()
SORRY = tts("Sorry, your call cannot be connected right now. Goodbye.") >> hangup()


@pivot(fallback=SORRY)
def handler(call: Call) -> Flow:
    number = NUMBER or policy.find(call.request)
    if not number:
        return REFUSED
    outgoing = dial(number, timeout=SECONDS)
    for reason, words in REASONS.items():
        outgoing = outgoing.on(reason, tts(f"{words} Goodbye.") >> hangup())
    return outgoing
