"""Route calls by the area code or the country of the caller, in whatever form the number comes."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.numbers import canonical, longest_prefix

HOME = setting("HOME_COUNTRY", "1")
NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
FRONT_DESK = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20) >> NOBODY


def office(city: str, desk: str) -> Action:
    return tts(f"Connecting you to our office in {city}.") >> user(desk, timeout=20) >> NOBODY


WEST = office("San Francisco", setting("WEST_OFFICE", "c3d1b5f2e4a6079889706b5c4d3e2f1a"))
EAST = office("New York", setting("EAST_OFFICE", "d4e2c6a3f5b7180990817c6d5e4f3a2b"))
LONDON = office("London", setting("LONDON_OFFICE", "e5f3d7b4a6c8291aa1928d7e6f5a4b3c"))

OFFICES = {
    "+1415": WEST,
    "+1510": WEST,
    "+1212": EAST,
    "+1646": EAST,
    "+44": LONDON,
}


@pivot(fallback=FRONT_DESK)
def handler(call: Call) -> Flow:
    return longest_prefix(canonical(call.caller.number, HOME), OFFICES, FRONT_DESK)
