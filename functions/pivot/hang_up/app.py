"""Refuse a call with a SIP code and its cause, or say why and hang up."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import hangup, response, tts

CODE = setting("SIP_CODE", 486)
CAUSE = setting("SIP_CAUSE", "User Busy")
MEDIA = setting("MEDIA", "https://media.example.com/busy.mp3")
WORDS = setting("WORDS", "This number is not in use. Goodbye.")

ENDINGS = {
    "refuse": lambda: response(CODE, CAUSE),
    "play": lambda: response(CODE, CAUSE, media=MEDIA),
    "say": lambda: tts(WORDS) >> hangup(),
}
ENDING = ENDINGS[choice("ENDING", "refuse", *ENDINGS)]()


@pivot(fallback=ENDING)
def handler(call: Call) -> Flow:
    return ENDING
