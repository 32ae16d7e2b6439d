"""Page the phones of an office: they pick up by themselves, and everyone hears the caller."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import DeviceIds
from pivotkit.kazoo import Action, endpoint, hangup, page_group, tts

NO_PHONE_REACHED = tts("Sorry, none of the phones could be reached. Goodbye.") >> hangup()
ANNOUNCEMENTS = {
    "one-way": tts("You're paging the office. Please speak now."),
    "two-way": tts("You're paging the office, and everyone can reply. Please speak now."),
}


class Settings(NamedTuple):
    """The phones of the office."""

    page_devices: DeviceIds = DeviceIds(
        "d0a1b2c3d4e5f60718293a4b5c6d7e8f d1a2b3c4d5e6f70819203b4c5d6e7f80"
    )
    """IDs of the devices, separated by spaces or commas"""
    page_audio: Literal["one-way", "two-way"] = "one-way"
    """`one-way`: people can only listen; `two-way`: they can also reply"""


def page(settings: Settings) -> Action:
    phones = [endpoint(device, "device") for device in settings.page_devices.each]
    return page_group(phones, audio=settings.page_audio) >> NO_PHONE_REACHED


@pivot(settings=Settings, fallback=page)
def handler(call: Call, settings: Settings) -> Flow:
    return ANNOUNCEMENTS[settings.page_audio] >> page(settings)
