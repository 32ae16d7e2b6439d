"""Tell the person whom KAZOO called who is calling and why, and connect them on request."""

from functools import partial

from pivotkit import Call, Conversation, Flow, ask, conversation, setting
from pivotkit.calls.application_vars import spoken_var, text_var
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import hangup, tts, user
from pivotkit.lookups.do_not_call import DoNotCall
from pivotkit.phone.numbers import home_country

COMPANY = setting("COMPANY", "Example Incorporated")
AGENT = setting("AGENT", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
OUR_NUMBER = digit_by_digit(setting("OUR_NUMBER", "4155550100"))
HOME_COUNTRY = home_country("HOME_COUNTRY", "US")

MOST_GREETINGS = 2
CHOICES = "To talk to us, press 1. To stop calls from us, press 9."
NO_ONE_AVAILABLE = (
    tts("Sorry, no one is available right now. We'll try you again later. Goodbye.") >> hangup()
)
CONNECT = (
    tts("Thank you. Please hold while I connect you.")
    >> user(AGENT, timeout=30)
    >> NO_ONE_AVAILABLE
)
CALLED_BY_MISTAKE = tts("Sorry, we called you by mistake. Goodbye.") >> hangup()
REMOVED = tts("Thank you. We won't call you again. Goodbye.") >> hangup()
NOT_REMOVED = tts(f"To stop calls from us, please call {OUR_NUMBER}. Goodbye.") >> hangup()

do_not_call = DoNotCall(HOME_COUNTRY)


@conversation(fallback=CALLED_BY_MISTAKE)
def handler(call: Call) -> Conversation:
    number = text_var(call, "contact") or call.caller.number
    if call.once("unwanted", bool, partial(do_not_call.holds, call, number)):
        return CALLED_BY_MISTAKE
    greeting = greeting_of(call)
    for _ in range(MOST_GREETINGS):
        key = yield from ask(f"{greeting} {CHOICES}")
        if key == "1":
            return CONNECT
        if key == "9":
            return stop_calls(call, number)
    return tts(f"{greeting} Please call us back at {OUR_NUMBER}. Goodbye.") >> hangup()


def greeting_of(call: Call) -> str:
    """The greeting: who is calling and, if the call has the variable `why`, the reason."""
    greeting = f"Hello. This is {spoken_var(call, 'who', COMPANY)}."
    reason = spoken_var(call, "why")
    return f"{greeting} We're calling about {reason}." if reason else greeting


def stop_calls(call: Call, number: str) -> Flow:
    """Put *number* on the do-not-call list, which a withheld number cannot be."""
    is_listed = do_not_call.add(call, number, call.now)
    return REMOVED if is_listed else NOT_REMOVED
