"""Dial out through a carrier: the number that the caller dialed, if allowed, or a fixed one."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import Action, hangup, offnet, resources, tts
from pivotkit.phone.dialing import DialPolicy
from pivotkit.phone.numbers import home_country

NUMBER = setting("NUMBER", "")
SECONDS = setting("RING_SECONDS", 30)
CARRIERS = choice("CARRIERS", "global", "global", "local")
HOME = home_country("HOME_COUNTRY", "US")
ALLOWED = setting("ALLOWED_DESTINATIONS", "US CA")

FAILURES = {
    "USER_BUSY": "The line is busy.",
    "NO_ANSWER": "There was no answer.",
    "CALL_REJECTED": "Your call was declined.",
    "UNALLOCATED_NUMBER": "That number is not in service.",
    "NO_ROUTE_DESTINATION": "Sorry, calls to that number can't be connected.",
    "sip:503": "All lines are busy. Please try again later.",
}
REFUSED = tts("Sorry, that number can't be dialed from here. Goodbye.") >> hangup()
SORRY = (
    tts("Sorry, your call can't be connected right now. Please try again later. Goodbye.")
    >> hangup()
)

policy = DialPolicy(HOME, ALLOWED)


@pivot(fallback=SORRY)
def handler(call: Call) -> Flow:
    number = NUMBER or policy.find(call.request)
    return dial(number) if number else REFUSED


def dial(number: str) -> Action:
    carriers = offnet if CARRIERS == "global" else resources
    dialed = carriers(number, timeout=SECONDS)
    for cause, explanation in FAILURES.items():
        dialed = dialed.on(cause, tts(f"{explanation} Goodbye.") >> hangup())
    return dialed
