"""Ring agents in turn or by shares; when one doesn't answer, the call goes to the next."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import tts, voicemail
from pivotkit.phone.ringing import members, ring_members
from rota import Rota

AGENTS = members(
    setting(
        "AGENTS",
        "user:b2c0a4e1d3f5968778695a4b3c2d1e0f:75 user:c3d1b5f2e4a6079889706b5c4d3e2f1a:25",
    )
)
RING_SECONDS = setting("RING_SECONDS", 15)
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))

NO_ONE_AVAILABLE = tts("No one is available right now. Please leave a message.") >> MAILBOX
RING_ALL = ring_members(AGENTS, "simultaneous", RING_SECONDS) >> NO_ONE_AVAILABLE

rota = Rota("round_robin", AGENTS)


@pivot(fallback=RING_ALL)
def handler(call: Call) -> Flow:
    return ring_members(rota.next(call), "single", RING_SECONDS) >> NO_ONE_AVAILABLE
