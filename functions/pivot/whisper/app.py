"""Tell the agent which line the call is for; the agent takes it by pressing 1."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import DeviceId, LanguageCode, MailboxId, Seconds
from pivotkit.kazoo import Action, device, language, prepend_cid, set_alert_info, tts, voicemail


class Line(NamedTuple):
    """A line: its name, and the language code of its announcement."""

    name: str
    announcement: str


# The lines, by the number that was dialed.
LINES = {
    "6058": Line("Sales", "en-sa"),
    "6068": Line("Support", "en-su"),
}


class Settings(NamedTuple):
    """The agent's device, and what callers hear without an answer."""

    agent_device: DeviceId = DeviceId("d4e2c6a3f5b7189a90817c6d5e4f3a2b")
    """ID of the agent's device, one that forwards its calls (see below)"""
    ring_seconds: Seconds = Seconds(25)
    """how long the device rings, including the announcement, in seconds"""
    language: LanguageCode = LanguageCode("en-us")
    """language of your account's prompts, for what the caller hears afterwards"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def take_message(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=take_message)
def handler(call: Call, settings: Settings) -> Flow:
    ring = device(settings.agent_device, timeout=settings.ring_seconds)
    line = LINES.get(call.request)
    if line is None:
        return ring >> take_message(settings)
    return (
        prepend_cid(caller_id_name_prefix=f"{line.name} ")
        >> set_alert_info(line.name.lower())
        >> language(line.announcement)
        >> ring
        >> language(settings.language)
        >> take_message(settings)
    )
