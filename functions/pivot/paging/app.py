"""Page the phones of an office: they pick up by themselves, and everyone hears the caller."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import endpoint, hangup, page_group, tts

PAGE_DEVICES = setting(
    "PAGE_DEVICES", "d0a1b2c3d4e5f60718293a4b5c6d7e8f d1a2b3c4d5e6f70819203b4c5d6e7f80"
)
PAGE_AUDIO = choice("PAGE_AUDIO", "one-way", "one-way", "two-way")

PHONES = [endpoint(device, "device") for device in PAGE_DEVICES.replace(",", " ").split()]
PAGE = page_group(PHONES, audio="two-way" if PAGE_AUDIO == "two-way" else "one-way")
NO_PHONE_REACHED = tts("Sorry, none of the phones could be reached. Goodbye.") >> hangup()
ANNOUNCEMENTS = {
    "one-way": tts("You're paging the office. Please speak now."),
    "two-way": tts("You're paging the office, and everyone can reply. Please speak now."),
}


@pivot(fallback=PAGE >> NO_PHONE_REACHED)
def handler(call: Call) -> Flow:
    return ANNOUNCEMENTS[PAGE_AUDIO] >> PAGE >> NO_PHONE_REACHED
