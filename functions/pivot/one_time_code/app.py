"""Make sure that callers have the phone whose number they show: by a code in a text message."""

from one_time_codes import OneTimeCodes
from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import callflow, hangup, set_variables, tts
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services.upstream import Upstream

TEXT = "Your code is {code}. Enter it on the phone within five minutes."
ASK = "Please enter the six digits that we have sent to your phone."

BEHIND = callflow(setting("CALLFLOW", "c0d1e2f3a4b5968778695a4b3c2d1e0f")) >> hangup()
VERIFIED = set_variables({"number_verified": "yes"}) >> tts("Thank you.") >> BEHIND
NO_PHONE = tts("We cannot send a code to your number. Goodbye.") >> hangup()
LATER = tts("We cannot send a code right now. Please try again later. Goodbye.") >> hangup()
WRONG = tts("We cannot let you in. Goodbye.") >> hangup()

phones = DialPolicy(
    setting("HOME_COUNTRY", "US"),
    setting("ALLOWED_DESTINATIONS", "US CA"),
    kinds={"mobile", "fixed line or mobile"},
)
sms = Upstream("SMS_URL", "https://sms.example.com/v1", token=setting("SMS_TOKEN", ""))
codes = OneTimeCodes(sms, minutes=5, limit=3)


@conversation(fallback=LATER)
def handler(call: Call) -> Conversation:
    phone = phones.find(call.caller.number)
    if not phone:
        return NO_PHONE
    if not call.once("sent", bool, lambda: codes.send(call, phone, TEXT)):
        return LATER
    verified = yield from codes.ask(call, ASK)
    return VERIFIED if verified else WRONG
