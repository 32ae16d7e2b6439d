"""Tell a person whom KAZOO has called who calls and why, and connect her if she wants to talk."""

from functools import partial

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.calls.application_vars import spoken_var, text_var
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import hangup, tts, user
from pivotkit.lookups.do_not_call import DoNotCall

COMPANY = setting("COMPANY", "Example Incorporated")
AGENT = user(setting("AGENT", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=30)
OUR_NUMBER = digit_by_digit(setting("OUR_NUMBER", "4155550100"))
CONNECTED = tts("Thank you. Please hold while Please hold while I connect you.") >> AGENT
NOBODY = tts("Sorry, nobody is free. We call you again. Goodbye.") >> hangup()
SORRY = tts("Sorry, we called you by mistake. Goodbye.") >> hangup()
REMOVED = tts("We do not call you again. Goodbye.") >> hangup()
NOT_REMOVED = tts(f"To get no more calls, please call {OUR_NUMBER}. Goodbye.") >> hangup()
CHOICES = "To talk to us, press 1. To get no more calls from us, press 9."

unwanted = DoNotCall(home=setting("COUNTRY_CODE", "1"))


@conversation(fallback=SORRY)
def handler(call: Call) -> Conversation:
    number = text_var(call, "contact") or call.caller.number
    if call.once("unwanted", bool, partial(unwanted.holds, number)):
        return SORRY
    why = spoken_var(call, "why")
    reason = f"We call about {why}. " if why else ""
    greeting = f"Hello. This is {spoken_var(call, 'who', COMPANY)}. {reason}"
    for _ in range(2):
        key = yield from ask(f"{greeting}{CHOICES}")
        if key == "1":
            return CONNECTED >> NOBODY
        if key == "9":
            return REMOVED if unwanted.add(number, call.now) else NOT_REMOVED
    return tts(f"{greeting}Please call us back: {OUR_NUMBER}. Goodbye.") >> hangup()
