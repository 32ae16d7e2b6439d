"""Tell who is rung which line is called; she takes the call by pressing 1."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import Action, device, language, prepend_cid, set_alert_info, tts, voicemail

AGENT = setting("AGENT_DEVICE", "d4e2c6a3f5b7189a90817c6d5e4f3a2b")
SECONDS = setting("RING_SECONDS", 25)
LANGUAGE = setting("LANGUAGE", "en-us")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
NOBODY = tts("No one is available right now. Please leave a message.") >> MAILBOX
# By the number that is dialled: what the display shows, and the language of the announcement.
LINES = {"6058": ("Sales", "en-sa"), "6068": ("Support", "en-su")}


def announced(name: str, code: str) -> Action:
    """What the phone shows and how it rings, then the prompt that KAZOO plays to who answers."""
    shown = prepend_cid(caller_id_name_prefix=f"{name} ") >> set_alert_info(name.lower())
    ringing = language(code) >> device(AGENT, timeout=SECONDS) >> language(LANGUAGE)
    return shown >> ringing >> NOBODY


CALLS = {number: announced(*line) for number, line in LINES.items()}


@pivot(fallback=NOBODY)
def handler(call: Call) -> Flow:
    return CALLS.get(call.request) or device(AGENT, timeout=SECONDS) >> NOBODY
