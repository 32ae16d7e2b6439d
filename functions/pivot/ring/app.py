"""Ring a user, a device or a group, and take a message when there is no answer."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import DocumentId, MailboxId, Seconds
from pivotkit.kazoo import Action, device, endpoint, ring_group, tts, user, voicemail


class Settings(NamedTuple):
    """The phone to ring, for how long, and the voicemail box."""

    ring_kind: Literal["user", "device", "group"] = "user"
    """kind of `ring_id`: `user`, `device` or `group`"""
    ring_id: DocumentId = DocumentId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user, device or group"""
    ring_seconds: Seconds = Seconds(20)
    """ringing time in seconds"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def take_message(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=take_message)
def handler(call: Call, settings: Settings) -> Flow:
    return ring(settings) >> take_message(settings)


def ring(settings: Settings) -> Action:
    target = settings.ring_id
    seconds = settings.ring_seconds
    ways = {
        "user": user(target, timeout=seconds),
        "device": device(target, timeout=seconds),
        "group": ring_group([endpoint(target, "group")], timeout=seconds),
    }
    return ways[settings.ring_kind]
