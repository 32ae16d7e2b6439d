"""Connect two people who see only a number of yours, for as long as their pair lasts."""

from typing import NamedTuple

from pivotkit import Call, Directory, Flow, pivot
from pivotkit.core.setting_types import Text
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import hangup, offnet, set_cid, tts
from pivotkit.phone.dialing import DialPolicy, DialTarget, dial_policy
from pivotkit.phone.numbers import Country, Destinations

NOT_IN_SERVICE = tts("Sorry, this number is not in service. Goodbye.") >> hangup()
BUSY = tts("The line is busy. Please try again later. Goodbye.") >> hangup()
NO_ANSWER = tts("There was no answer. Please try again later. Goodbye.") >> hangup()
UNAVAILABLE = (
    tts("Sorry, this service isn't available right now. Please try again later. Goodbye.")
    >> hangup()
)


class Settings(NamedTuple):
    """The numbers that can be called, and the name that the callee sees."""

    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that can be called, as in `US CA +4420`"""
    shown_name: Text = Text("Private call")
    """name that the callee sees"""


pairs = Directory("masked_number")


@pivot(settings=Settings, fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Flow:
    policy = allowed(settings)
    masked = policy.find(call.request)
    if masked is None:
        return NOT_IN_SERVICE
    callee = find_partner(call, masked, policy)
    if callee is None:
        return NOT_IN_SERVICE
    show_masked = set_cid(caller_id_name=settings.shown_name, caller_id_number=masked)
    return show_masked >> offnet(callee).on("USER_BUSY", BUSY).on("NO_ANSWER", NO_ANSWER)


def allowed(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


def find_partner(call: Call, masked: DialTarget, policy: DialPolicy) -> DialTarget | None:
    """Return the other number of the caller's pair, or None for a stranger."""
    caller = policy.find(call.caller.number)
    pair = pairs.of(call).get(masked) or {}
    one = policy.find(str(pair.get("one")))
    other = policy.find(str(pair.get("other")))
    if caller is None:
        return None
    if caller == one:
        return other
    return one if caller == other else None


allowed(from_environment(Settings))  # loads numbering plans now, not while a caller waits
