"""Collect digits and say them back: Pivot's classic first example."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import collect_dtmf, hangup, tts

MAX_DIGITS = setting("MAX_DIGITS", 4)
ASK = tts("Please enter some digits, followed by the pound key.") >> collect_dtmf(
    max_digits=MAX_DIGITS
)


@pivot
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return ASK >> kazoo.pivot(call.url)
    digits = call.pressed()
    if digits is None:
        return tts("You pressed nothing. Goodbye.") >> hangup()
    return tts(f"You pressed {digit_by_digit(digits)}.") >> hangup()
