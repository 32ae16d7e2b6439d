"""Ask for a number, check the caller's prepaid balance, and connect for as long as it lasts."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.core.speech import money
from pivotkit.phone.calling_card import ask_number, minutes, talk_time
from pivotkit.phone.dialing import DialPolicy, DialTarget
from pivotkit.phone.numbers import home_country
from pivotkit.services.upstream import Upstream, UpstreamDown
from pivotkit.twiml import Dial, Hangup, Response, Say

HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
ALLOWED_DESTINATIONS = setting("ALLOWED_DESTINATIONS", "US CA")
CALLER_ID = setting("CALLER_ID", "+14155550100")
LONGEST_MINUTES = setting("LONGEST_MINUTES", 60)

SECONDS_PER_MINUTE = 60
NO_ACCOUNT = Response(
    Say("Sorry, we couldn't find an account for your phone number. Goodbye."), Hangup()
)
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)

billing = Upstream("BALANCE_URL", "https://balance.example.com/v1", seconds=1.5)
policy = DialPolicy(HOME_COUNTRY, ALLOWED_DESTINATIONS)


@conversation(language="twiml", fallback=UNAVAILABLE)
def handler(call: Call) -> Conversation:
    number, apology = yield from ask_number(
        policy, "Please enter the number you want to call, followed by the pound key."
    )
    if number is None:
        return Response(Say(f"{apology}Goodbye."), Hangup())
    try:
        account = billing.get("/prepaid", caller=call.caller.number, number=number)
        balance = account.number("balance")
        rate = account.number("rate")
    except UpstreamDown as error:
        return NO_ACCOUNT if error.is_unknown else UNAVAILABLE

    seconds = talk_time(balance, rate, LONGEST_MINUTES * SECONDS_PER_MINUTE)
    if seconds < SECONDS_PER_MINUTE:
        return too_low(balance)
    return connect(number, seconds)


def too_low(balance: int) -> Response:
    """Tell the caller that the balance doesn't pay for a minute."""
    words = f"Your balance is {money(balance)}. That isn't enough for this call. Goodbye."
    return Response(Say(words), Hangup())


def connect(number: DialTarget, seconds: int) -> Response:
    """Announce the talk time and dial; KAZOO ends the call when the time is up."""
    return Response(
        Say(f"You can talk for {minutes(seconds)}."),
        Dial(number, caller_id=CALLER_ID, time_limit=seconds),
        Say("There was no answer. Goodbye."),
        Hangup(),
    )
