"""Take a message for a voicemail box without ringing anyone."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import MailboxId, Seconds
from pivotkit.kazoo import Action, hangup, tts, voicemail


class Settings(NamedTuple):
    """The voicemail box, and the limit of a message."""

    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""
    max_seconds: Seconds = Seconds(180)
    """maximum length of a message in seconds"""


def take_message(settings: Settings) -> Action:
    box = voicemail(settings.voicemail_box, max_message_length=settings.max_seconds)
    return box >> tts("Goodbye.") >> hangup()


@pivot(settings=Settings, fallback=take_message)
def handler(call: Call, settings: Settings) -> Flow:
    return take_message(settings)
