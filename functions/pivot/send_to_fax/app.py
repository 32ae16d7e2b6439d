"""Receive faxes for a user or a fax box, on a fax line or on one shared with people."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import fax_detect, faxbox, receive_fax, tts, user, voicemail

LINE = choice("LINE", "shared", "shared", "fax_only")
FAX_KIND = choice("FAX_KIND", "box", "box", "user")
FAX_ID = setting("FAX_ID", "d4e2c6a3f5b7180a9a817c6d5e4f3a2b")
DETECT_SECONDS = setting("DETECT_SECONDS", 5)
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

FAX = faxbox(FAX_ID) if FAX_KIND == "box" else receive_fax(FAX_ID)
MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(MAILBOX)
PERSON = user(FRONT_DESK, timeout=20) >> MESSAGE
DETECT = fax_detect(DETECT_SECONDS).on("ON_FAX", FAX).on("ON_VOICE", PERSON)
FAX_OR_PERSON = tts("One moment, please.") >> DETECT
ANSWER = FAX_OR_PERSON if LINE == "shared" else FAX


@pivot(fallback=ANSWER)
def handler(call: Call) -> Flow:
    return ANSWER
