"""Ring agents in turn or by shares; when one doesn't answer, the call goes to the next."""

from functools import lru_cache
from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import MailboxId, Seconds
from pivotkit.kazoo import Action, tts, voicemail
from pivotkit.phone.ringing import Shares, members, ring_members
from rota import Rota


class Settings(NamedTuple):
    """The agents, and the voicemail box for when none of them answers."""

    agents: Shares = Shares(
        "user:b2c0a4e1d3f5968778695a4b3c2d1e0f:75 user:c3d1b5f2e4a6079889706b5c4d3e2f1a:25"
    )
    """agents to ring: `user:ID`, `device:ID`, or `group:ID`, separated by spaces; for unequal
    shares, add `:SHARE` (0 to 100)"""
    ring_seconds: Seconds = Seconds(15)
    """how long each agent is rung, in seconds"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


@lru_cache(256)
def rota(agents: Shares) -> Rota:
    return Rota("round_robin", members(agents))


def take_message(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


def ring_all(settings: Settings) -> Action:
    agents = rota(settings.agents).agents
    everyone = ring_members(agents, "simultaneous", settings.ring_seconds)
    return everyone >> take_message(settings)


@pivot(settings=Settings, fallback=ring_all)
def handler(call: Call, settings: Settings) -> Flow:
    agents = rota(settings.agents).next(call)
    return ring_members(agents, "single", settings.ring_seconds) >> take_message(settings)
