"""Let staff dial out from any phone, behind a PIN and only to numbers that a policy allows."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, offnet, set_cid, tts
from pivotkit.phone.calling_card import ask_number
from pivotkit.phone.dialing import DialPolicy
from pivotkit.phone.numbers import home_country
from pivotkit.phone.pins import Pins, ask_pin
from pivotkit.store.attempts import Attempts

HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
ALLOWED_DESTINATIONS = setting("ALLOWED_DESTINATIONS", "US CA")
CALLER_ID_NAME = setting("CALLER_ID_NAME", "Example Inc")
CALLER_ID = setting("CALLER_ID", "+14155550100")
CALLS_PER_HOUR = setting("CALLS_PER_HOUR", 20)

SHOW_COMPANY = set_cid(caller_id_name=CALLER_ID_NAME, caller_id_number=CALLER_ID)
GOODBYE = tts("Goodbye.") >> hangup()
BUSY = tts("The line is busy. Goodbye.") >> hangup()
NO_ANSWER = tts("There was no answer. Goodbye.") >> hangup()
LIMIT_REACHED = (
    tts("Sorry, the hourly call limit has been reached. Please try again later. Goodbye.")
    >> hangup()
)
UNAVAILABLE = (
    tts("Sorry, this service isn't available right now. Please try again later. Goodbye.")
    >> hangup()
)

policy = DialPolicy(HOME_COUNTRY, ALLOWED_DESTINATIONS)
pins = Pins()
calls = Attempts(CALLS_PER_HOUR, 60 * 60)


@conversation(fallback=UNAVAILABLE)
def handler(call: Call) -> Conversation:
    if not (yield from ask_pin(call, pins, "disa")):
        return GOODBYE
    number, apology = yield from ask_number(
        policy, "Please enter the number you want to call, followed by the pound key."
    )
    if number is None:
        return tts(f"{apology}Goodbye.") >> hangup()
    if not calls.of(call).allow("disa", call.effect_key("call")):
        return LIMIT_REACHED
    return SHOW_COMPANY >> offnet(number).on("USER_BUSY", BUSY).on("NO_ANSWER", NO_ANSWER)
