"""Dial out through a carrier: the number that the caller dialed, if allowed, or a fixed one."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import PhoneNumber, Seconds
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, hangup, offnet, resources, tts
from pivotkit.phone.dialing import DialPolicy, dial_policy
from pivotkit.phone.numbers import Country, Destinations

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


class Settings(NamedTuple):
    """The numbers that may be dialed, and through which carriers."""

    number: PhoneNumber | None = None
    """fixed number for all callers, such as `+14155550123`; empty for the number they dialed"""
    carriers: Literal["global", "local"] = "global"
    """`global`: carriers of the platform; `local`: carriers of the account"""
    ring_seconds: Seconds = Seconds(30)
    """ringing time in seconds"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """allowed countries and prefixes, as in `US CA +4420`"""


@pivot(settings=Settings, fallback=SORRY)
def handler(call: Call, settings: Settings) -> Flow:
    number = settings.number or allowed(settings).find(call.request)
    return dial(number, settings) if number else REFUSED


def allowed(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


def dial(number: str, settings: Settings) -> Action:
    carriers = offnet if settings.carriers == "global" else resources
    dialed = carriers(number, timeout=settings.ring_seconds)
    for cause, explanation in FAILURES.items():
        dialed = dialed.on(cause, tts(f"{explanation} Goodbye.") >> hangup())
    return dialed


allowed(from_environment(Settings))  # loads numbering plans now, not while a caller waits
