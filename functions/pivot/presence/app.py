"""Set a presence lamp to idle, ringing or busy: as the caller chooses, or always the same."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import PresenceId
from pivotkit.kazoo import collect_dtmf, hangup, manual_presence, tts

MENU = "For idle, press 1. For ringing, press 2. For busy, press 3."
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()
SORRY = (
    tts("Sorry, the lamp can't be changed right now. Please try again later. Goodbye.") >> hangup()
)

type Status = Literal["idle", "ringing", "busy"]
KEYS: dict[str, Status] = {"1": "idle", "2": "ringing", "3": "busy"}


class Settings(NamedTuple):
    """The lamp."""

    presence_id: PresenceId = PresenceId("reception")
    """presence ID that phones subscribe to, with or without `@realm`"""
    presence_status: Literal["ask", "idle", "ringing", "busy"] = "ask"
    """`ask` the caller, or always `idle`, `ringing` or `busy`"""


@pivot(settings=Settings, fallback=SORRY)
def handler(call: Call, settings: Settings) -> Flow:
    if settings.presence_status != "ask":
        return show(settings.presence_status, settings)
    if not call.follow_up:
        return ask(call, MENU)
    key = call.pressed("lamp")
    if key is None:
        return UNCHANGED
    if key not in KEYS:
        return ask(call, f"Sorry, that's not a valid choice. {MENU}")
    return show(KEYS[key], settings)


def ask(call: Call, prompt: str) -> Flow:
    return tts(prompt) >> collect_dtmf(collection_name="lamp") >> kazoo.pivot(call.url)


def show(status: Status, settings: Settings) -> Flow:
    lamp = manual_presence(settings.presence_id, status=status)
    return lamp >> tts(f"The lamp now shows {status}. Goodbye.") >> hangup()
