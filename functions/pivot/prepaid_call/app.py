"""Ask whom to call, check the caller's prepaid balance, and connect for as long as it lasts."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.core.speech import money
from pivotkit.phone.calling_card import ask_number, minutes, talk_time
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services.upstream import Upstream, UpstreamDown
from pivotkit.twiml import Dial, Hangup, Response, Say

billing = Upstream("BALANCE_URL", "https://balance.example.com/v1", seconds=1.5)
policy = DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA"))
CALLER_ID = setting("CALLER_ID", "+14155550100")
MINUTE = 60
LONGEST = MINUTE * setting("LONGEST_MINUTES", 60)
ASKED = "Please enter the number you want to call, followed by the pound key."


def refused(reason: str) -> Response:
    return Response(Say(f"{reason}Goodbye."), Hangup())


NOT_NOW = refused("Sorry, calls are not possible right now. ")


@conversation(language="twiml", fallback=NOT_NOW)
def handler(call: Call) -> Conversation:
    target, sorry = yield from ask_number(policy, ASKED)
    if target is None:
        return refused(sorry)
    try:
        account = billing.get("/prepaid", caller=call.caller.number, number=target)
        balance, rate = account.number("balance"), account.number("rate")
    except UpstreamDown as error:
        return refused("You have no account. ") if error.is_unknown else NOT_NOW
    seconds = talk_time(balance, rate, LONGEST)
    if seconds < MINUTE:
        return refused(f"Your balance is {money(balance)}. That does not pay for a minute. ")
    announced = Say(f"You can talk for {minutes(seconds)}.")
    dialled = Dial(target, caller_id=CALLER_ID, time_limit=seconds)
    return Response(announced, dialled, Say("There was no answer. Goodbye."), Hangup())
