"""Let callers choose the language of KAZOO's prompts and of all spoken texts that follow."""

from typing import Literal, NamedTuple

from languages import LANGUAGES, SpokenLanguage
from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import MailboxId, UserId
from pivotkit.kazoo import Action, answer, audio_macro, collect_dtmf, language, tts, user, voicemail

OFFERS = [
    {
        "macro": "tts",
        "text": offered.offer,
        "voice": "female",  # KAZOO ignores a language without a voice
        "language": offered.code,
    }
    for offered in LANGUAGES.values()
]
ASK = answer() >> audio_macro(OFFERS) >> collect_dtmf(collection_name="language")


class Settings(NamedTuple):
    """The front desk, its voicemail box, and the language of silent callers."""

    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""
    key_if_silent: Literal["1", "2", "3"] = "1"
    """key of the language for callers who press nothing"""


def connect(chosen: SpokenLanguage, settings: Settings) -> Action:
    ring = user(settings.front_desk, timeout=20)
    message = tts(chosen.leave_message) >> voicemail(settings.voicemail_box)
    return language(chosen.code) >> tts(chosen.welcome) >> ring >> message


def connect_silent(settings: Settings) -> Action:
    return connect(LANGUAGES[settings.key_if_silent], settings)


@pivot(settings=Settings, fallback=connect_silent)
def handler(call: Call, settings: Settings) -> Flow:
    if not call.follow_up:
        return ASK >> kazoo.pivot(call.url)
    key = call.pressed("language") or settings.key_if_silent
    if key not in LANGUAGES:
        return ASK >> kazoo.pivot(call.url)
    return connect(LANGUAGES[key], settings)
