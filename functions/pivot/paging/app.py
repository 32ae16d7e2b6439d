"""Page the phones of an office: they pick up by themselves, and everybody hears the caller."""

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.kazoo import endpoint, hangup, page_group, tts

DEVICES = setting(
    "PAGE_DEVICES", "d0a1b2c3d4e5f60718293a4b5c6d7e8f d1a2b3c4d5e6f70819203b4c5d6e7f80"
)
ENDPOINTS = [endpoint(device, "device") for device in DEVICES.replace(",", " ").split()]

AUDIO = choice("PAGE_AUDIO", "one-way", "one-way", "two-way")
PAGE = page_group(ENDPOINTS, audio="two-way" if AUDIO == "two-way" else "one-way")
ANNOUNCE = {
    "one-way": tts("You are paging the office. Please speak."),
    "two-way": tts("You are paging the office, and everybody can answer. Please speak."),
}[AUDIO]
NOBODY = tts("No phone could be paged. Goodbye.") >> hangup()


@pivot(fallback=PAGE >> NOBODY)
def handler(call: Call) -> Flow:
    return ANNOUNCE >> PAGE >> NOBODY
