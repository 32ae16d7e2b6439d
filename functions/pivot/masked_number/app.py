"""Connect two people who see only a number of yours, for as long as their pair lasts."""

from pivotkit import Call, Directory, Flow, pivot, setting
from pivotkit.kazoo import hangup, offnet, set_cid, tts
from pivotkit.phone.dialing import DialPolicy

policy = DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA"))
SHOWN_NAME = setting("SHOWN_NAME", "Private call")
REFUSED = tts("This number is not in use. Goodbye.") >> hangup()
BUSY = tts("The other side is busy. Please try again later. Goodbye.") >> hangup()
NOBODY = tts("There was no answer. Please try again later. Goodbye.") >> hangup()

pairs = Directory("masked_number")


@pivot(fallback=tts("Sorry, please call again later. Goodbye.") >> hangup())
def handler(call: Call) -> Flow:
    masked, caller = policy.find(call.request), policy.find(call.caller.number)
    pair = pairs.get(masked or "") or {}
    sides = policy.find(str(pair.get("one"))), policy.find(str(pair.get("other")))
    if masked is None or caller is None or caller not in sides:
        return REFUSED
    target = sides[0] if caller == sides[1] else sides[1]
    if target is None:
        return REFUSED
    hidden = set_cid(caller_id_name=SHOWN_NAME, caller_id_number=masked)
    return hidden >> offnet(target).on("USER_BUSY", BUSY).on("NO_ANSWER", NOBODY)
