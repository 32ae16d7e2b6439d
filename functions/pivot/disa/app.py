"""Let staff dial out from any phone: behind a PIN, and only to numbers that a policy allows."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, offnet, set_cid, tts
from pivotkit.phone.calling_card import ask_number
from pivotkit.phone.dialing import DialPolicy
from pivotkit.phone.pins import Pins, ask_pin
from pivotkit.store.attempts import Attempts

policy = DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA"))
NAME, NUMBER = setting("CALLER_ID_NAME", "Example Inc"), setting("CALLER_ID", "+14155550100")
ASKED = "Please enter the number you want to call, followed by the pound key."
GOODBYE = tts("Goodbye.") >> hangup()
BUSY = tts("The line is busy. Goodbye.") >> hangup()
NOBODY = tts("There was no answer. Goodbye.") >> hangup()
ENOUGH = tts("There were too many calls in this hour. Please try again later. Goodbye.") >> hangup()

pins, calls = Pins(), Attempts(setting("CALLS_PER_HOUR", 20), 3600)


@conversation(fallback=tts("Sorry, please call again later. Goodbye.") >> hangup())
def handler(call: Call) -> Conversation:
    if not (yield from ask_pin(call, pins, "disa")):
        return GOODBYE
    target, sorry = yield from ask_number(policy, ASKED)
    if target is None:
        return tts(f"{sorry}Goodbye.") >> hangup()
    if not calls.allow(f"{call.account_id}#disa", call.effect_key("call")):
        return ENOUGH
    shown = set_cid(caller_id_name=NAME, caller_id_number=NUMBER)
    return shown >> offnet(target).on("USER_BUSY", BUSY).on("NO_ANSWER", NOBODY)
