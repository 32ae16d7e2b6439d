"""Collect digits and read them back: the classic first Pivot example."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import collect_dtmf, hangup, tts

MAX_DIGITS = setting("MAX_DIGITS", 4)

PROMPT = tts("Please enter some digits, followed by the pound key.")
ASK = PROMPT >> collect_dtmf(max_digits=MAX_DIGITS)


@pivot
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return ASK >> kazoo.pivot(call.url)
    digits = call.pressed()
    if digits is None:
        return tts("Sorry, I didn't get that. Goodbye.") >> hangup()
    return tts(f"You entered {digit_by_digit(digits)}. Goodbye.") >> hangup()
