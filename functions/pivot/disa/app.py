"""Let staff dial out from any phone, behind a PIN and only to numbers that a policy allows."""

from typing import NamedTuple

from pivotkit import Call, Conversation, conversation
from pivotkit.core.setting_types import PhoneNumber, Text, Whole
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, hangup, offnet, set_cid, tts
from pivotkit.phone.calling_card import ask_number
from pivotkit.phone.dialing import DialPolicy, dial_policy
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.phone.pins import Pins, ask_pin
from pivotkit.store.attempts import Attempts

HOUR = 60 * 60
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

pins = Pins()


class Settings(NamedTuple):
    """The numbers that staff may call, how often, and what the callee sees."""

    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that can be called, as in `US CA +4420`"""
    caller_id_name: Text = Text("Example Inc")
    """name that the callee sees"""
    caller_id: PhoneNumber = PhoneNumber("+14155550100")
    """number that the callee sees"""
    calls_per_hour: Whole = Whole(20)
    """calls per hour for the whole account"""


def policy(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


@conversation(settings=Settings, fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Conversation:
    if not (yield from ask_pin(call, pins, "disa")):
        return GOODBYE
    number, apology = yield from ask_number(
        policy(settings), "Please enter the number you want to call, followed by the pound key."
    )
    if number is None:
        return tts(f"{apology}Goodbye.") >> hangup()
    calls = Attempts(settings.calls_per_hour, HOUR).of(call)
    if not calls.allow("disa", call.effect_key("call")):
        return LIMIT_REACHED
    dialed = offnet(number).on("USER_BUSY", BUSY).on("NO_ANSWER", NO_ANSWER)
    return show_company(settings) >> dialed


def show_company(settings: Settings) -> Action:
    return set_cid(caller_id_name=settings.caller_id_name, caller_id_number=settings.caller_id)


policy(from_environment(Settings))  # loads numbering plans now, not while a caller waits
