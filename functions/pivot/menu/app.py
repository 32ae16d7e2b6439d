"""Let callers choose with a key, in a menu of the account or in the one below."""

from typing import NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import MenuId, UserId
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts, user

PROMPT = (
    "For sales, press 1. For support, press 2. For our opening hours, press 3. "
    "For anything else, please stay on the line."
)
OPENING_HOURS = tts("We're open Monday through Friday, from 9 AM to 5 PM. Goodbye.") >> hangup()
UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The menu of the account, if it has one, and the users behind the keys."""

    menu: MenuId | None = None
    """ID of a menu of your account; empty for the menu in `app.py`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for callers who press nothing"""
    sales: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for 1"""
    support: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user to ring for 2"""


def operator(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> UNAVAILABLE


def choices(settings: Settings) -> dict[str, Action]:
    """The flow for each key, for both kinds of menu."""
    return {
        "1": user(settings.sales, timeout=20) >> UNAVAILABLE,
        "2": user(settings.support, timeout=20) >> UNAVAILABLE,
        "3": OPENING_HOURS,
    }


@pivot(settings=Settings, fallback=operator)
def handler(call: Call, settings: Settings) -> Flow:
    if settings.menu:
        return account_menu(settings.menu, settings)
    if not call.follow_up:
        return ask(call, PROMPT)
    key = call.pressed("choice")
    if key is None:
        return operator(settings)
    return choices(settings).get(key) or ask(call, f"Sorry, that's not a valid choice. {PROMPT}")


def account_menu(menu_id: MenuId, settings: Settings) -> Action:
    """KAZOO plays the menu, repeats it after wrong keys, and needs only this one answer."""
    menu = kazoo.menu(menu_id).on("timeout", operator(settings))
    for key, choice in choices(settings).items():
        menu = menu.on(key, choice)
    return menu >> operator(settings)


def ask(call: Call, prompt: str) -> Action:
    """KAZOO speaks the prompt, waits for one key, and asks this function again."""
    return tts(prompt) >> collect_dtmf(collection_name="choice") >> kazoo.pivot(call.url)
