"""Turn do not disturb on or off, by a feature code or by a key."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import DocumentId
from pivotkit.kazoo import do_not_disturb, hangup, tts
from pivotkit.phone.feature_codes import UNCHANGED, Feature

GOODBYE = tts("Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The user or device to change."""

    dnd_id: DocumentId | None = None
    """ID of the user or device to change; empty for the caller's own"""


def feature(settings: Settings) -> Feature:
    turn_on = do_not_disturb("activate", id=settings.dnd_id) >> GOODBYE
    turn_off = do_not_disturb("deactivate", id=settings.dnd_id) >> GOODBYE
    toggle = do_not_disturb("toggle", id=settings.dnd_id) >> GOODBYE
    return Feature(
        codes={"*78": turn_on, "*79": turn_off, "*76": toggle},
        question="To turn on do not disturb, press 1. To turn it off, press 2.",
        keys={"1": turn_on, "2": turn_off},
    )


@pivot(settings=Settings, fallback=UNCHANGED)
def handler(call: Call, settings: Settings) -> Flow:
    return feature(settings).flow(call)
