"""Tell the person whom KAZOO called who is calling and why, and connect them on request."""

from functools import partial
from typing import NamedTuple

from pivotkit import Call, Conversation, Flow, ask, conversation
from pivotkit.calls.application_vars import spoken_var, text_var
from pivotkit.core.setting_types import DialedNumber, UserId, Words
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.lookups.do_not_call import DoNotCall
from pivotkit.phone.numbers import Country

MOST_GREETINGS = 2
CHOICES = "To talk to us, press 1. To stop calls from us, press 9."
NO_ONE_AVAILABLE = (
    tts("Sorry, no one is available right now. We'll try you again later. Goodbye.") >> hangup()
)
CALLED_BY_MISTAKE = tts("Sorry, we called you by mistake. Goodbye.") >> hangup()
REMOVED = tts("Thank you. We won't call you again. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The company, its agent, and the number to call back."""

    company: Words = Words("Example Incorporated")
    """name of the company, for calls without the variable `who`"""
    agent: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to whom people who press 1 are connected"""
    our_number: DialedNumber = DialedNumber("4155550100")
    """number to call back, which is read digit by digit"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""


@conversation(settings=Settings, fallback=CALLED_BY_MISTAKE)
def handler(call: Call, settings: Settings) -> Conversation:
    number = text_var(call, "contact") or call.caller.number
    do_not_call = DoNotCall(settings.home_country)
    if call.once("unwanted", bool, partial(do_not_call.holds, call, number)):
        return CALLED_BY_MISTAKE
    greeting = greeting_of(call, settings)
    for _ in range(MOST_GREETINGS):
        key = yield from ask(f"{greeting} {CHOICES}")
        if key == "1":
            return connect(settings)
        if key == "9":
            is_listed = do_not_call.add(call, number, call.now)
            return REMOVED if is_listed else not_removed(settings)
    our_number = digit_by_digit(settings.our_number)
    return tts(f"{greeting} Please call us back at {our_number}. Goodbye.") >> hangup()


def greeting_of(call: Call, settings: Settings) -> str:
    """The greeting: who is calling and, if the call has the variable `why`, the reason."""
    greeting = f"Hello. This is {spoken_var(call, 'who', settings.company)}."
    reason = spoken_var(call, "why")
    return f"{greeting} We're calling about {reason}." if reason else greeting


def connect(settings: Settings) -> Action:
    prompt = tts("Thank you. Please hold while I connect you.")
    return prompt >> user(settings.agent, timeout=30) >> NO_ONE_AVAILABLE


def not_removed(settings: Settings) -> Flow:
    """Say how to stop calls to a withheld number, which cannot be on the do-not-call list."""
    our_number = digit_by_digit(settings.our_number)
    return tts(f"To stop calls from us, please call {our_number}. Goodbye.") >> hangup()
