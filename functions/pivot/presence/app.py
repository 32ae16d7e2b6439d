"""Set a presence lamp to idle, ringing or busy, as the caller chooses or always to the same."""

from pivotkit import Call, Flow, choice, kazoo, pivot, setting
from pivotkit.kazoo import collect_dtmf, hangup, manual_presence, tts

LAMP = setting("PRESENCE_ID", "reception")
STATES = {
    "idle": manual_presence(LAMP, status="idle"),
    "ringing": manual_presence(LAMP, status="ringing"),
    "busy": manual_presence(LAMP, status="busy"),
}
STATE = choice("PRESENCE_STATUS", "ask", "ask", *STATES)
KEYS = dict(zip("123", STATES, strict=True))
SORRY = tts("Sorry, the lamp cannot be changed right now. Please try again later.") >> hangup()
MENU = "For idle, press 1. For ringing, press 2. For busy, press 3."


@pivot(fallback=SORRY)
def handler(call: Call) -> Flow:
    if STATE != "ask":
        return shown(STATE)
    key = call.pressed("lamp")
    if key in KEYS:
        return shown(KEYS[key])
    if call.follow_up and key is None:
        return tts("Nothing was changed. Goodbye.") >> hangup()
    prompt = f"Sorry, that's not a valid choice. {MENU}" if call.follow_up else MENU
    return tts(prompt) >> collect_dtmf(collection_name="lamp") >> kazoo.pivot(call.url)


def shown(state: str) -> Flow:
    return STATES[state] >> tts(f"The lamp is {state} now. Goodbye.") >> hangup()
