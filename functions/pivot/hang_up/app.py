"""Refuse calls with a SIP code and its cause, or say why and hang up."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import Media, SipCode, Text, Words
from pivotkit.kazoo import Action, hangup, response, tts


class Settings(NamedTuple):
    """The end of the call, and what callers hear before."""

    ending: Literal["refuse", "play", "say"] = "refuse"
    """`refuse`: with the code; `play`: a recording, then the code; `say`: the words, then hang
    up"""
    sip_code: SipCode = SipCode(486)
    """SIP code, 400 to 699"""
    sip_cause: Text = Text("User Busy")
    """text of the code; some phones show it"""
    media: Media = Media("https://media.example.com/busy.mp3")
    """recording for `play`: ID of a media document of the account, or URL of an MP3 or WAV file"""
    words: Words = Words("The number you have dialed is not in service. Goodbye.")
    """text for `say`"""


def end_call(settings: Settings) -> Action:
    if settings.ending == "play":
        return response(settings.sip_code, settings.sip_cause, media=settings.media)
    if settings.ending == "say":
        return tts(settings.words) >> hangup()
    return response(settings.sip_code, settings.sip_cause)


@pivot(settings=Settings, fallback=end_call)
def handler(call: Call, settings: Settings) -> Flow:
    return end_call(settings)
