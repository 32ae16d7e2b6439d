"""Put all callers into one conference room, or callers from each area code into their own."""

import re
from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import ConferenceId
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import Action, conference, tts
from pivotkit.phone.numbers import Country, canonical

NORTH_AMERICAN = re.compile(r"\+1([2-9][0-9]{2})[2-9][0-9]{6}")


class Settings(NamedTuple):
    """The rooms."""

    rooms: Literal["fixed", "area_code"] = "fixed"
    """`fixed`: one room for everyone; `area_code`: a room for each area code, created for its first
    caller"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    conference: ConferenceId = ConferenceId("4c3b2a190f8e7d6c5b4a39281706f5e4")
    """ID of the account's conference, 32 characters"""


def shared_room(settings: Settings) -> Action:
    room = conference(settings.conference, welcome_prompt={"play": False})
    return tts("Welcome to the conference.") >> room


@pivot(settings=Settings, fallback=shared_room)
def handler(call: Call, settings: Settings) -> Flow:
    if settings.rooms == "fixed":
        return shared_room(settings)
    number = NORTH_AMERICAN.fullmatch(canonical(call.caller.number, settings.home_country))
    if number is None:
        return shared_room(settings)
    return area_room(call.account_id, number[1])


def area_room(account_id: str, area_code: str) -> Action:
    room = {
        "name": f"area-code-{area_code}-{account_id}",  # KAZOO shares names between accounts
        "member": {"join_muted": False},  # KAZOO's default is true
    }
    welcome = tts(f"Welcome to the conference for area code {digit_by_digit(area_code)}.")
    return welcome >> conference(config=room, welcome_prompt={"play": False})
