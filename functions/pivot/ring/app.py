"""Ring a user, a device or a group, and take a message when there is no answer."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import device, endpoint, ring_group, tts, user, voicemail

KIND = choice("RING_KIND", "user", "user", "device", "group")
TARGET = setting("RING_ID", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SECONDS = setting("RING_SECONDS", 20)
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

RING = {
    "user": user(TARGET, timeout=SECONDS),
    "device": device(TARGET, timeout=SECONDS),
    "group": ring_group([endpoint(TARGET, "group")], timeout=SECONDS),
}
MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(MAILBOX)
RING_OR_VOICEMAIL = RING[KIND] >> MESSAGE


@pivot(fallback=MESSAGE)
def handler(call: Call) -> Flow:
    return RING_OR_VOICEMAIL
