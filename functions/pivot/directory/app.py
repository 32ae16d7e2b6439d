"""Let callers find a person by spelling the name, and help callers who find no one."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import tts, user, voicemail

DIRECTORY = setting("DIRECTORY", "a9b8c7d6e5f4031221304f5e6d7c8b9a")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

HINT = tts("To reach a person, spell the name on your keypad. For the front desk, press 0 twice.")
MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(MAILBOX)
HELP = tts("Connecting you to the front desk.") >> user(FRONT_DESK, timeout=20) >> MESSAGE


@pivot(fallback=HELP)
def handler(call: Call) -> Flow:
    return HINT >> kazoo.directory(DIRECTORY) >> HELP
