"""Play a recording of the account, or one that lies on a web server."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import hangup, play

RECORDING = play(setting("MEDIA", "https://media.example.com/welcome.mp3")) >> hangup()


@pivot(fallback=RECORDING)
def handler(call: Call) -> Flow:
    return RECORDING
