"""Receive a fax for a user or a fax box, on a line of its own or one that people call, too."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import fax_detect, faxbox, receive_fax, tts, user, voicemail

FAX_ID = setting("FAX_ID", "d4e2c6a3f5b7180a9a817c6d5e4f3a2b")
SECONDS = setting("DETECT_SECONDS", 5)
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

RECEIVE = {"box": lambda: faxbox(FAX_ID), "user": lambda: receive_fax(FAX_ID)}
FAX = RECEIVE[choice("FAX_KIND", "box", *RECEIVE)]()
MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(MAILBOX)
PERSON = user(FRONT_DESK, timeout=20) >> MESSAGE
LISTEN = fax_detect(SECONDS).on("ON_FAX", FAX).on("ON_VOICE", PERSON)
LINES = {"shared": tts("One moment, please.") >> LISTEN, "fax_only": FAX}
LINE = LINES[choice("LINE", "shared", *LINES)]


@pivot(fallback=LINE)
def handler(call: Call) -> Flow:
    return LINE
