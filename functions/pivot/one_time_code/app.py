"""Verify by a code in a text message that callers hold the phone whose number they show."""

from typing import NamedTuple

from one_time_codes import OneTimeCodes
from pivotkit import Call, Conversation, conversation
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import CallflowId, Whole
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, callflow, hangup, set_variables, tts
from pivotkit.phone.dialing import DialPolicy, dial_policy
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.services.upstream import ServiceUrl, Upstream

MOBILE = frozenset({"mobile", "fixed line or mobile"})
TEXT = "Your code is {code}. Please enter it on your keypad within five minutes."
PROMPT = "Please enter the six-digit code that we texted you."
NOT_VERIFIED = tts("Sorry, we couldn't verify your number. Goodbye.") >> hangup()
NO_MOBILE = tts("Sorry, we can't send a code to your number. Goodbye.") >> hangup()
NOT_SENT = (
    tts("Sorry, we can't send a code right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The callflow for verified callers, and the service that sends the codes."""

    callflow: CallflowId = CallflowId("c0d1e2f3a4b5968778695a4b3c2d1e0f")
    """ID of your account's callflow for verified callers"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes to which codes may be sent, as in `US CA +4420`"""
    sms_url: ServiceUrl = ServiceUrl("https://sms.example.com/v1")
    """base URL of the text message service"""
    sms_token: Secret = Secret()
    """bearer token for that service, if it needs one"""
    texts_per_hour: Whole = Whole(20)
    """codes an hour for the whole account"""


@conversation(settings=Settings, fallback=NOT_SENT)
def handler(call: Call, settings: Settings) -> Conversation:
    mobile = mobiles(settings).find(call.caller.number)
    if mobile is None:
        return NO_MOBILE
    codes = one_time_codes(settings)
    sent = call.once("sent", bool, lambda: codes.send(call, mobile, TEXT))
    if not sent:
        return NOT_SENT
    verified = yield from codes.ask(call, mobile, PROMPT)
    return let_through(settings) if verified else NOT_VERIFIED


def mobiles(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations, MOBILE)


def one_time_codes(settings: Settings) -> OneTimeCodes:
    sms = Upstream.at("sms", settings.sms_url, token=settings.sms_token)
    return OneTimeCodes(sms, minutes=5, limit=3, texts=settings.texts_per_hour)


def let_through(settings: Settings) -> Action:
    mark = set_variables({"number_verified": "yes"})
    return mark >> tts("Thank you.") >> callflow(settings.callflow) >> hangup()


mobiles(from_environment(Settings))  # loads numbering plans now, not while a caller waits
