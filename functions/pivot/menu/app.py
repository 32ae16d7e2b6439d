"""Let callers choose with a key, in a menu of the account or in the one below."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts, user

MENU = setting("MENU", "")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SALES = setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")

PROMPT = (
    "For sales, press 1. For support, press 2. For our opening hours, press 3. "
    "For anything else, please stay on the line."
)
UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
OPERATOR = user(FRONT_DESK, timeout=20) >> UNAVAILABLE
CHOICES = {
    "1": user(SALES, timeout=20) >> UNAVAILABLE,
    "2": user(SUPPORT, timeout=20) >> UNAVAILABLE,
    "3": tts("We're open Monday through Friday, from 9 AM to 5 PM. Goodbye.") >> hangup(),
}


@pivot(fallback=OPERATOR)
def handler(call: Call) -> Flow:
    if MENU:
        return account_menu()
    if not call.follow_up:
        return ask(call, PROMPT)
    key = call.pressed("choice")
    if key is None:
        return OPERATOR
    if key not in CHOICES:
        return ask(call, f"Sorry, that's not a valid choice. {PROMPT}")
    return CHOICES[key]


def account_menu() -> Action:
    """KAZOO plays the menu, repeats it after wrong keys, and needs only this one answer."""
    menu = kazoo.menu(MENU).on("timeout", OPERATOR)
    for key, choice in CHOICES.items():
        menu = menu.on(key, choice)
    return menu >> OPERATOR


def ask(call: Call, prompt: str) -> Action:
    """KAZOO speaks the prompt, waits for one key, and asks this function again."""
    return tts(prompt) >> collect_dtmf(collection_name="choice") >> kazoo.pivot(call.url)
