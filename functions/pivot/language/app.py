"""Let callers choose the language of KAZOO's prompts and of all spoken texts that follow."""

from languages import LANGUAGES, SpokenLanguage
from pivotkit import Call, Flow, choice, kazoo, pivot, setting
from pivotkit.kazoo import answer, audio_macro, collect_dtmf, language, tts, user, voicemail

FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")
KEY_IF_SILENT = choice("KEY_IF_SILENT", "1", *LANGUAGES)

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


def connect(chosen: SpokenLanguage) -> Flow:
    ring = user(FRONT_DESK, timeout=20)
    message = tts(chosen.leave_message) >> voicemail(MAILBOX)
    return language(chosen.code) >> tts(chosen.welcome) >> ring >> message


@pivot(fallback=connect(LANGUAGES[KEY_IF_SILENT]))
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return ASK >> kazoo.pivot(call.url)
    key = call.pressed("language") or KEY_IF_SILENT
    if key not in LANGUAGES:
        return ASK >> kazoo.pivot(call.url)
    return connect(LANGUAGES[key])
