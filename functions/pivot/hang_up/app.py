"""Refuse calls with a SIP code and its cause, or say why and hang up."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import Action, hangup, response, tts

ENDING = choice("ENDING", "refuse", "refuse", "play", "say")
CODE = setting("SIP_CODE", 486)
CAUSE = setting("SIP_CAUSE", "User Busy")
MEDIA = setting("MEDIA", "https://media.example.com/busy.mp3")
WORDS = setting("WORDS", "The number you have dialed is not in service. Goodbye.")


def end_call() -> Action:
    if ENDING == "play":
        return response(CODE, CAUSE, media=MEDIA)
    if ENDING == "say":
        return tts(WORDS) >> hangup()
    return response(CODE, CAUSE)


END = end_call()


@pivot(fallback=END)
def handler(call: Call) -> Flow:
    return END
