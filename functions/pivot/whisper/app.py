"""Tell the agent which line the call is for; the agent takes it by pressing 1."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import Action, device, language, prepend_cid, set_alert_info, tts, voicemail

AGENT_DEVICE = setting("AGENT_DEVICE", "d4e2c6a3f5b7189a90817c6d5e4f3a2b")
RING_SECONDS = setting("RING_SECONDS", 25)
LANGUAGE = setting("LANGUAGE", "en-us")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))

RING_AGENT = device(AGENT_DEVICE, timeout=RING_SECONDS)
NO_ONE_AVAILABLE = tts("No one is available right now. Please leave a message.") >> MAILBOX


def line(name: str, announcement: str) -> Action:
    """Ring the agent for the line *name*; *announcement* is the language code of its prompt."""
    return (
        prepend_cid(caller_id_name_prefix=f"{name} ")
        >> set_alert_info(name.lower())
        >> language(announcement)
        >> RING_AGENT
        >> language(LANGUAGE)
        >> NO_ONE_AVAILABLE
    )


# The lines, by the number that was dialed.
LINES = {
    "6058": line("Sales", "en-sa"),
    "6068": line("Support", "en-su"),
}


@pivot(fallback=NO_ONE_AVAILABLE)
def handler(call: Call) -> Flow:
    return LINES.get(call.request, RING_AGENT >> NO_ONE_AVAILABLE)
