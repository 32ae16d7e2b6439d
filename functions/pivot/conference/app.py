"""Put all callers into one conference room, or callers from each area code into their own."""

import re

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import Action, conference, tts
from pivotkit.phone.numbers import canonical, home_country

ROOMS = choice("ROOMS", "fixed", "fixed", "area_code")
HOME = home_country("HOME_COUNTRY", "US")
CONFERENCE = setting("CONFERENCE", "4c3b2a190f8e7d6c5b4a39281706f5e4")

NORTH_AMERICAN = re.compile(r"\+1([2-9][0-9]{2})[2-9][0-9]{6}")
SHARED_ROOM = tts("Welcome to the conference.") >> conference(
    CONFERENCE, welcome_prompt={"play": False}
)


@pivot(fallback=SHARED_ROOM)
def handler(call: Call) -> Flow:
    if ROOMS == "fixed":
        return SHARED_ROOM
    number = NORTH_AMERICAN.fullmatch(canonical(call.caller.number, HOME))
    if number is None:
        return SHARED_ROOM
    return area_room(call.account_id, number[1])


def area_room(account_id: str, area_code: str) -> Action:
    room = {
        "name": f"area-code-{area_code}-{account_id}",  # KAZOO shares names between accounts
        "member": {"join_muted": False},  # KAZOO's default is true
    }
    welcome = tts(f"Welcome to the conference for area code {digit_by_digit(area_code)}.")
    return welcome >> conference(config=room, welcome_prompt={"play": False})
