"""Connect two people who see only a number of yours, for as long as their pair lasts."""

from pivotkit import Call, Directory, Flow, pivot, setting
from pivotkit.kazoo import hangup, offnet, set_cid, tts
from pivotkit.phone.dialing import DialPolicy, DialTarget
from pivotkit.phone.numbers import home_country

HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
ALLOWED_DESTINATIONS = setting("ALLOWED_DESTINATIONS", "US CA")
SHOWN_NAME = setting("SHOWN_NAME", "Private call")

NOT_IN_SERVICE = tts("Sorry, this number is not in service. Goodbye.") >> hangup()
BUSY = tts("The line is busy. Please try again later. Goodbye.") >> hangup()
NO_ANSWER = tts("There was no answer. Please try again later. Goodbye.") >> hangup()
UNAVAILABLE = (
    tts("Sorry, this service isn't available right now. Please try again later. Goodbye.")
    >> hangup()
)

policy = DialPolicy(HOME_COUNTRY, ALLOWED_DESTINATIONS)
pairs = Directory("masked_number")


@pivot(fallback=UNAVAILABLE)
def handler(call: Call) -> Flow:
    masked = policy.find(call.request)
    if masked is None:
        return NOT_IN_SERVICE
    callee = find_partner(call, masked)
    if callee is None:
        return NOT_IN_SERVICE
    show_masked = set_cid(caller_id_name=SHOWN_NAME, caller_id_number=masked)
    return show_masked >> offnet(callee).on("USER_BUSY", BUSY).on("NO_ANSWER", NO_ANSWER)


def find_partner(call: Call, masked: DialTarget) -> DialTarget | None:
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
