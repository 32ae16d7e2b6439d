"""Take a message for a voicemail box without ringing anyone."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import hangup, tts, voicemail

MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")
SECONDS = setting("MAX_SECONDS", 180)

MESSAGE = voicemail(MAILBOX, max_message_length=SECONDS) >> tts("Goodbye.") >> hangup()


@pivot(fallback=MESSAGE)
def handler(call: Call) -> Flow:
    return MESSAGE
