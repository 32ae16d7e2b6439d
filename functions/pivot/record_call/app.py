"""Ask before recording a call, and record it only if the caller agrees."""

from typing import NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import MailboxId, Url, UserId
from pivotkit.kazoo import Action, collect_dtmf, record_call, set_variables, tts, user, voicemail

QUESTION = (
    "We'd like to record this call. To agree, press 1. To continue without a recording, press 2."
)
ASK = tts(QUESTION) >> collect_dtmf(collection_name="consent")


class Settings(NamedTuple):
    """The recording, the front desk, and its voicemail box."""

    recording_url: Url | None = None
    """URL to which KAZOO sends the file with PUT, such as `https://recordings.example.com/calls`;
    empty to keep it in the account"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def take_message(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


def unrecorded(settings: Settings) -> Action:
    ring = user(settings.front_desk, timeout=20)
    return tts("We'll continue without a recording.") >> ring >> take_message(settings)


@pivot(settings=Settings, fallback=unrecorded)
def handler(call: Call, settings: Settings) -> Flow:
    if not call.follow_up:
        return ASK >> kazoo.pivot(call.url)
    agreed = call.pressed("consent") == "1"
    return recorded(settings) if agreed else unrecorded(settings)


def recorded(settings: Settings) -> Action:
    return (
        set_variables({"recording_consent": "given"})  # shown by webhooks and CDRs of the call
        >> tts("Thank you. This call will be recorded.")
        >> record_call("start", url=settings.recording_url, record_on_bridge=True)
        >> user(settings.front_desk, timeout=20)
        >> record_call("stop")  # callers agreed to a recorded call, not to a recorded message
        >> take_message(settings)
    )
