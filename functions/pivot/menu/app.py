"""Let callers choose with a key: in a menu of the account, or in one that is asked from here."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts, user

MENU = setting("MENU", "")
PROMPT = "For sales, press 1. For support, press 2. For our opening hours, press 3."

NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
OPERATOR = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20) >> NOBODY
CHOICES = {
    "1": user(setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20) >> NOBODY,
    "2": user(setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a"), timeout=20) >> NOBODY,
    "3": tts("We are here from Monday to Friday, from 9 to 5. Goodbye.") >> hangup(),
}


def menu_of_kazoo() -> Action:
    """KAZOO plays the menu document, collects and repeats, and asks us only once."""
    flow = kazoo.menu(MENU).on("timeout", OPERATOR)
    for key, choice in CHOICES.items():
        flow = flow.on(key, choice)
    return flow >> OPERATOR


def menu_of_ours(call: Call) -> Flow:
    """The prompt is a text of ours, and KAZOO comes back with each key."""
    prompt = PROMPT
    if call.follow_up:
        key = call.pressed("choice")
        if key is None or key in CHOICES:
            return CHOICES[key] if key else OPERATOR
        prompt = f"Sorry, that's not a valid choice. {PROMPT}"
    return tts(prompt) >> collect_dtmf(collection_name="choice") >> kazoo.pivot(call.url)


@pivot(fallback=OPERATOR)
def handler(call: Call) -> Flow:
    return menu_of_kazoo() if MENU else menu_of_ours(call)
