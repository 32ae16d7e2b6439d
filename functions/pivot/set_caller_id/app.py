"""Show another caller ID: a fixed one, one for each dialed number, or one with a prefix."""

from collections.abc import Mapping

from pivotkit import Call, Directory, Flow, choice, pivot, setting
from pivotkit.kazoo import Action, hangup, prepend_cid, set_cid, tts, user
from pivotkit.phone.numbers import canonical, home_country

MODE = choice("CALLER_ID", "table", "table", "static", "prepend")
NUMBER = setting("CALLER_ID_NUMBER", "+14155550100")
NAME = setting("CALLER_ID_NAME", "Acme")
PREFIX = setting("CALLER_ID_PREFIX", "Acme:")
HOME = home_country("HOME_COUNTRY", "US")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
RING = user(FRONT_DESK, timeout=20) >> UNAVAILABLE
STATIC = set_cid(NUMBER, caller_id_name=NAME) >> RING
PREPEND = prepend_cid(caller_id_name_prefix=f"{PREFIX} ") >> RING

dialed_numbers = Directory("dialled_number")


@pivot(fallback=RING)
def handler(call: Call) -> Flow:
    if MODE == "static":
        return STATIC
    if MODE == "prepend":
        return PREPEND
    entry = dialed_numbers.of(call).get(canonical(call.request, HOME))
    return RING if entry is None else show(entry) >> RING


def show(entry: Mapping[str, object]) -> Action:
    name = str(entry.get("name", ""))
    number = str(entry.get("number", ""))
    return set_cid(number, caller_id_name=name)
