"""Ring the agent the caller last spoke with, then the whole team if that agent doesn't answer."""

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
RING_SECONDS = setting("RING_SECONDS", 15)
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))

NO_ONE_AVAILABLE = tts("No one is available right now. Please leave a message.") >> MAILBOX
RING_TEAM = ring_members(TEAM, "simultaneous", RING_SECONDS) >> NO_ONE_AVAILABLE
WELCOME_BACK = tts("Welcome back. Connecting you to the person you last spoke with.")

last_agents = LastAgents()


@pivot(fallback=RING_TEAM)
def handler(call: Call) -> Flow:
    agent = last_agents.of(call)
    if agent is None or not is_on_team(agent):
        return RING_TEAM
    return WELCOME_BACK >> user(agent, timeout=RING_SECONDS) >> RING_TEAM


def is_on_team(agent: str) -> bool:
    """Whether *agent*, a user's ID, is still a member of the team."""
    return agent in {member["id"] for member in TEAM}
