"""Ring whom the caller spoke with last, and the whole team when that one does not answer."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import tts, user, voicemail
from pivotkit.lookups.last_agents import LastAgents
from pivotkit.phone.ringing import members, ring_members

TEAM = members(
    setting(
        "TEAM",
        "user:b2c0a4e1d3f5968778695a4b3c2d1e0f user:c3d1b5f2e4a6079889706b5c4d3e2f1a",
    )
)
SECONDS = setting("RING_SECONDS", 15)
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
NOBODY = tts("No one is available right now. Please leave a message.") >> MAILBOX
EVERYBODY = ring_members(TEAM, "simultaneous", SECONDS) >> NOBODY

agents = LastAgents()


@pivot(fallback=EVERYBODY)
def handler(call: Call) -> Flow:
    last = agents.of(call.caller.number)
    if not last or last not in {member["id"] for member in TEAM}:
        return EVERYBODY
    welcome = tts("Welcome back. We call whom you spoke with last.")
    return welcome >> user(last, timeout=SECONDS) >> EVERYBODY
