"""Ring several members, all at once or one after the other; take a message if no one answers."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import MailboxId, Seconds
from pivotkit.kazoo import Action, tts, voicemail
from pivotkit.phone.ringing import Members, Strategy, members, ring_members


class Settings(NamedTuple):
    """The group, its order, and the voicemail box."""

    members: Members = Members(
        "user:b2c0a4e1d3f5968778695a4b3c2d1e0f:75 user:c3d1b5f2e4a6079889706b5c4d3e2f1a:25"
    )
    """members, separated by spaces: `user:ID`, `device:ID` or `group:ID`, with an optional weight
    from 1 to 100"""
    strategy: Strategy = "simultaneous"
    """`simultaneous`: all at once; `single`: one after the other; `weighted_random`: one after the
    other, in random order by weight"""
    ring_seconds: Seconds = Seconds(20)
    """ringing time of each member in seconds"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def take_message(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=take_message)
def handler(call: Call, settings: Settings) -> Flow:
    group = members(settings.members)
    ring = ring_members(group, settings.strategy, settings.ring_seconds)
    return ring >> take_message(settings)
