"""Put callers into one conference room, or each into the room of the area code she calls from."""

import re

from pivotkit import Call, Flow, choice, pivot, setting
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import conference, tts
from pivotkit.phone.numbers import canonical

ROOM = setting("CONFERENCE", "4c3b2a190f8e7d6c5b4a39281706f5e4")
BY_AREA_CODE = choice("ROOMS", "fixed", "fixed", "area_code") == "area_code"
NORTH_AMERICAN = re.compile(r"\+1([2-9][0-9]{2})[2-9][0-9]{6}")
FIXED = tts("Welcome to the conference.") >> conference(ROOM, welcome_prompt={"play": False})


@pivot(fallback=FIXED)
def handler(call: Call) -> Flow:
    number = NORTH_AMERICAN.fullmatch(canonical(call.caller.number))
    if not BY_AREA_CODE or not number:
        return FIXED
    code = number[1]
    room = {
        "name": f"area-code-{code}-{call.account_id}",  # KAZOO shares names between accounts
        "member": {"join_muted": False},  # KAZOO's default is true
    }
    welcome = tts(f"Welcome to the conference of area code {digit_by_digit(code)}.")
    return welcome >> conference(config=room, welcome_prompt={"play": False})
