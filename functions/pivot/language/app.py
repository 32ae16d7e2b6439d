"""Let the caller choose a language, which KAZOO's prompts and the spoken texts then follow."""

from pivotkit import Call, Flow, choice, kazoo, pivot, setting
from pivotkit.kazoo import answer, audio_macro, collect_dtmf, language, tts, user, voicemail

RING = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20)
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
LANGUAGES = {"1": "en-us", "2": "fr-fr", "3": "es-es"}
OFFERS = {
    "1": "For English, press 1.",
    "2": "Pour le français, appuyez sur le 2.",
    "3": "Para español, pulse 3.",
}
WELCOME = {
    "1": "Welcome. Please hold while Please hold while I connect you.",
    "2": "Bienvenue. Nous vous mettons en relation.",
    "3": "Bienvenido. Le pasamos la llamada.",
}
MESSAGE = {
    "1": "No one is available right now. Please leave a message.",
    "2": "Personne n'est disponible. Veuillez laisser un message.",
    "3": "No hay nadie disponible. Por favor, deje un mensaje.",
}
MENU = [
    {"macro": "tts", "text": OFFERS[key], "voice": "female", "language": LANGUAGES[key]}
    for key in LANGUAGES  # KAZOO overlooks a language that comes without a voice
]
ASK = answer() >> audio_macro(MENU) >> collect_dtmf(collection_name="language")
SILENT = choice("KEY_IF_SILENT", "1", *LANGUAGES)


def connect(key: str) -> Flow:
    welcome = language(LANGUAGES[key]) >> tts(WELCOME[key])
    return welcome >> RING >> tts(MESSAGE[key]) >> MAILBOX


@pivot(fallback=connect(SILENT))
def handler(call: Call) -> Flow:
    key = (call.pressed("language") or SILENT) if call.follow_up else ""
    return connect(key) if key in LANGUAGES else ASK >> kazoo.pivot(call.url)
