"""Let callers find a person by spelling the name, and help callers who find no one."""

from typing import NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import DirectoryId, MailboxId, UserId
from pivotkit.kazoo import Action, tts, user, voicemail

HINT = tts("To reach a person, spell the name on your keypad. For the front desk, press 0 twice.")


class Settings(NamedTuple):
    """The directory, and the front desk."""

    directory: DirectoryId = DirectoryId("a9b8c7d6e5f4031221304f5e6d7c8b9a")
    """ID of a directory of your account"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for callers who find no one"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the front desk's voicemail box, 32 characters"""


def connect(settings: Settings) -> Action:
    ring = tts("Connecting you to the front desk.") >> user(settings.front_desk, timeout=20)
    prompt = tts("No one is available right now. Please leave a message.")
    return ring >> prompt >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=connect)
def handler(call: Call, settings: Settings) -> Flow:
    return HINT >> kazoo.directory(settings.directory) >> connect(settings)
