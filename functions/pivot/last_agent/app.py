"""Ring the agent the caller last spoke with, then the whole team if that agent doesn't answer."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import MailboxId, Seconds
from pivotkit.kazoo import Action, tts, user, voicemail
from pivotkit.lookups.last_agents import LastAgents
from pivotkit.phone.ringing import Members, members, ring_members

WELCOME_BACK = tts("Welcome back. Connecting you to the person you last spoke with.")

last_agents = LastAgents()


class Settings(NamedTuple):
    """The team, how long it is rung, and the voicemail box."""

    team: Members = Members(
        "user:b2c0a4e1d3f5968778695a4b3c2d1e0f user:c3d1b5f2e4a6079889706b5c4d3e2f1a"
    )
    """users to ring, and to ring again for callers they spoke with: `user:ID`, separated by
    spaces"""
    ring_seconds: Seconds = Seconds(15)
    """how long they are rung, in seconds"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def ring_team(settings: Settings) -> Action:
    ring = ring_members(members(settings.team), "simultaneous", settings.ring_seconds)
    prompt = tts("No one is available right now. Please leave a message.")
    return ring >> prompt >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=ring_team)
def handler(call: Call, settings: Settings) -> Flow:
    agent = last_agents.of(call)
    if agent is None or not is_on_team(agent, settings):
        return ring_team(settings)
    return WELCOME_BACK >> user(agent, timeout=settings.ring_seconds) >> ring_team(settings)


def is_on_team(agent: str, settings: Settings) -> bool:
    """Whether *agent*, a user's ID, is still a member of the team."""
    return agent in {member["id"] for member in members(settings.team)}
