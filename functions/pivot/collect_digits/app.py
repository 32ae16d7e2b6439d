"""Collect digits and read them back: the classic first Pivot example."""

from typing import NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import Count
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import collect_dtmf, hangup, tts

PROMPT = tts("Please enter some digits, followed by the pound key.")


class Settings(NamedTuple):
    """The digits to collect."""

    max_digits: Count = Count(4)
    """number of digits after which KAZOO stops waiting"""


@pivot(settings=Settings)
def handler(call: Call, settings: Settings) -> Flow:
    if not call.follow_up:
        return PROMPT >> collect_dtmf(max_digits=settings.max_digits) >> kazoo.pivot(call.url)
    digits = call.pressed()
    if digits is None:
        return tts("Sorry, I didn't get that. Goodbye.") >> hangup()
    return tts(f"You entered {digit_by_digit(digits)}. Goodbye.") >> hangup()
