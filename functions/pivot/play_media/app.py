"""Play a recording of the account, or one from a web server."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import hangup, play

MEDIA = setting("MEDIA", "https://media.example.com/welcome.mp3")

RECORDING = play(MEDIA) >> hangup()


@pivot(fallback=RECORDING)
def handler(call: Call) -> Flow:
    return RECORDING
