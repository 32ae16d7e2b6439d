"""Route calls by the caller's area code or country, in whatever form the number arrives."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.numbers import canonical, home_country, longest_prefix

HOME = home_country("HOME_COUNTRY", "US")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
WEST_OFFICE = setting("WEST_OFFICE", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
EAST_OFFICE = setting("EAST_OFFICE", "d4e2c6a3f5b7180990817c6d5e4f3a2b")
LONDON_OFFICE = setting("LONDON_OFFICE", "e5f3d7b4a6c8291aa1928d7e6f5a4b3c")


def ring(desk: str) -> Action:
    unavailable = tts("No one is available right now. Please try again later. Goodbye.")
    return user(desk, timeout=20) >> unavailable >> hangup()


def office(city: str, desk: str) -> Action:
    return tts(f"Connecting you to our office in {city}.") >> ring(desk)


WEST = office("San Francisco", WEST_OFFICE)
EAST = office("New York", EAST_OFFICE)
LONDON = office("London", LONDON_OFFICE)
OTHERS = ring(FRONT_DESK)

OFFICES = {
    "+1415": WEST,
    "+1510": WEST,
    "+1212": EAST,
    "+1646": EAST,
    "+44": LONDON,
}


@pivot(fallback=OTHERS)
def handler(call: Call) -> Flow:
    number = canonical(call.caller.number, HOME)
    return longest_prefix(number, OFFICES, default=OTHERS)
