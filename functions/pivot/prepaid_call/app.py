"""Ask for a number, check the caller's prepaid balance, and connect for as long as it lasts."""

from typing import NamedTuple

from pivotkit import Call, Conversation, conversation
from pivotkit.core.setting_types import Minutes, PhoneNumber
from pivotkit.core.settings import from_environment
from pivotkit.core.speech import money
from pivotkit.phone.calling_card import ask_number, minutes, talk_time
from pivotkit.phone.dialing import DialPolicy, DialTarget, dial_policy
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown
from pivotkit.twiml import Dial, Hangup, Response, Say

SECONDS_PER_MINUTE = 60
NO_ACCOUNT = Response(
    Say("Sorry, we couldn't find an account for your phone number. Goodbye."), Hangup()
)
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)


class Settings(NamedTuple):
    """The billing system, and the calls that may be paid from a balance."""

    balance_url: ServiceUrl = ServiceUrl("https://balance.example.com/v1")
    """base URL of the billing system's API"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that can be called, as in `US CA +4420`"""
    caller_id: PhoneNumber = PhoneNumber("+14155550100")
    """number that the callee sees"""
    longest_minutes: Minutes = Minutes(60)
    """longest call in minutes, whatever the balance"""


@conversation(settings=Settings, language="twiml", fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Conversation:
    number, apology = yield from ask_number(
        allowed(settings), "Please enter the number you want to call, followed by the pound key."
    )
    if number is None:
        return Response(Say(f"{apology}Goodbye."), Hangup())
    billing = Upstream.at("balance", settings.balance_url, seconds=1.5)
    try:
        account = billing.get("/prepaid", caller=call.caller.number, number=number)
        balance = account.number("balance")
        rate = account.number("rate")
    except UpstreamDown as error:
        return NO_ACCOUNT if error.is_unknown else UNAVAILABLE

    seconds = talk_time(balance, rate, settings.longest_minutes * SECONDS_PER_MINUTE)
    if seconds < SECONDS_PER_MINUTE:
        return too_low(balance)
    return connect(number, seconds, settings)


def allowed(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


def too_low(balance: int) -> Response:
    """Tell the caller that the balance doesn't pay for a minute."""
    words = f"Your balance is {money(balance)}. That isn't enough for this call. Goodbye."
    return Response(Say(words), Hangup())


def connect(number: DialTarget, seconds: int, settings: Settings) -> Response:
    """Announce the talk time and dial; KAZOO ends the call when the time is up."""
    return Response(
        Say(f"You can talk for {minutes(seconds)}."),
        Dial(number, caller_id=settings.caller_id, time_limit=seconds),
        Say("There was no answer. Goodbye."),
        Hangup(),
    )


allowed(from_environment(Settings))  # loads numbering plans now, not while a caller waits
