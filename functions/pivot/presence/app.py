"""Set a presence lamp to idle, ringing or busy: as the caller chooses, or always the same."""

from pivotkit import Call, Flow, choice, kazoo, pivot, setting
from pivotkit.kazoo import collect_dtmf, hangup, manual_presence, tts

PRESENCE_ID = setting("PRESENCE_ID", "reception")
STATUS = choice("PRESENCE_STATUS", "ask", "ask", "idle", "ringing", "busy")

MENU = "For idle, press 1. For ringing, press 2. For busy, press 3."
LAMPS = {
    "idle": manual_presence(PRESENCE_ID, status="idle"),
    "ringing": manual_presence(PRESENCE_ID, status="ringing"),
    "busy": manual_presence(PRESENCE_ID, status="busy"),
}
KEYS = {"1": "idle", "2": "ringing", "3": "busy"}
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()
SORRY = (
    tts("Sorry, the lamp can't be changed right now. Please try again later. Goodbye.") >> hangup()
)


@pivot(fallback=SORRY)
def handler(call: Call) -> Flow:
    if STATUS != "ask":
        return show(STATUS)
    if not call.follow_up:
        return ask(call, MENU)
    key = call.pressed("lamp")
    if key is None:
        return UNCHANGED
    if key not in KEYS:
        return ask(call, f"Sorry, that's not a valid choice. {MENU}")
    return show(KEYS[key])


def ask(call: Call, prompt: str) -> Flow:
    return tts(prompt) >> collect_dtmf(collection_name="lamp") >> kazoo.pivot(call.url)


def show(status: str) -> Flow:
    return LAMPS[status] >> tts(f"The lamp now shows {status}. Goodbye.") >> hangup()
