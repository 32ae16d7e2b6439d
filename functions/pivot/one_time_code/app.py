"""Verify by a code in a text message that callers hold the phone whose number they show."""

from one_time_codes import OneTimeCodes
from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import callflow, hangup, set_variables, tts
from pivotkit.phone.dialing import DialPolicy
from pivotkit.phone.numbers import home_country
from pivotkit.services.upstream import Upstream

CALLFLOW = setting("CALLFLOW", "c0d1e2f3a4b5968778695a4b3c2d1e0f")
HOME = home_country("HOME_COUNTRY", "US")
ALLOWED = setting("ALLOWED_DESTINATIONS", "US CA")
SMS_TOKEN = setting("SMS_TOKEN", "")
TEXTS_PER_HOUR = setting("TEXTS_PER_HOUR", 20)

TEXT = "Your code is {code}. Please enter it on your keypad within five minutes."
PROMPT = "Please enter the six-digit code that we texted you."
VERIFIED = (
    set_variables({"number_verified": "yes"}) >> tts("Thank you.") >> callflow(CALLFLOW) >> hangup()
)
NOT_VERIFIED = tts("Sorry, we couldn't verify your number. Goodbye.") >> hangup()
NO_MOBILE = tts("Sorry, we can't send a code to your number. Goodbye.") >> hangup()
NOT_SENT = (
    tts("Sorry, we can't send a code right now. Please try again later. Goodbye.") >> hangup()
)

mobiles = DialPolicy(HOME, ALLOWED, kinds={"mobile", "fixed line or mobile"})
sms = Upstream("SMS_URL", "https://sms.example.com/v1", token=SMS_TOKEN)
codes = OneTimeCodes(sms, minutes=5, limit=3, texts=TEXTS_PER_HOUR)


@conversation(fallback=NOT_SENT)
def handler(call: Call) -> Conversation:
    mobile = mobiles.find(call.caller.number)
    if mobile is None:
        return NO_MOBILE
    sent = call.once("sent", bool, lambda: codes.send(call, mobile, TEXT))
    if not sent:
        return NOT_SENT
    verified = yield from codes.ask(call, mobile, PROMPT)
    return VERIFIED if verified else NOT_VERIFIED
