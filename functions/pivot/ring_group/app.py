"""Ring several members, all at once or one after the other; take a message if no one answers."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import tts, voicemail
from pivotkit.phone.ringing import STRATEGIES, members, ring_members

MEMBERS = setting(
    "MEMBERS",
    "user:b2c0a4e1d3f5968778695a4b3c2d1e0f:75 user:c3d1b5f2e4a6079889706b5c4d3e2f1a:25",
)
STRATEGY = choice("STRATEGY", "simultaneous", *STRATEGIES)
SECONDS = setting("RING_SECONDS", 20)
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(MAILBOX)
RING_OR_VOICEMAIL = ring_members(members(MEMBERS), STRATEGY, SECONDS) >> MESSAGE


@pivot(fallback=MESSAGE)
def handler(call: Call) -> Flow:
    return RING_OR_VOICEMAIL
