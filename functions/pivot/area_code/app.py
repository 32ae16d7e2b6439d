"""Route calls by the caller's area code or country, in whatever form the number arrives."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import UserId
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.numbers import Country, canonical, longest_prefix

OFFICES = {
    "+1415": "San Francisco",
    "+1510": "San Francisco",
    "+1212": "New York",
    "+1646": "New York",
    "+44": "London",
}


class Settings(NamedTuple):
    """The country of numbers, and the users of the offices."""

    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for all other callers"""
    west_office: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user to ring in San Francisco"""
    east_office: UserId = UserId("d4e2c6a3f5b7180990817c6d5e4f3a2b")
    """ID of the user to ring in New York"""
    london_office: UserId = UserId("e5f3d7b4a6c8291aa1928d7e6f5a4b3c")
    """ID of the user to ring in London"""


def ring(desk: str) -> Action:
    unavailable = tts("No one is available right now. Please try again later. Goodbye.")
    return user(desk, timeout=20) >> unavailable >> hangup()


def ring_front_desk(settings: Settings) -> Action:
    return ring(settings.front_desk)


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    desks = {
        "San Francisco": settings.west_office,
        "New York": settings.east_office,
        "London": settings.london_office,
    }
    number = canonical(call.caller.number, settings.home_country)
    city = longest_prefix(number, OFFICES, default="")
    if not city:
        return ring_front_desk(settings)
    return tts(f"Connecting you to our office in {city}.") >> ring(desks[city])
