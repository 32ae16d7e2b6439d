"""Show another caller ID to who is rung: a fixed one, one for each dialled number, or a prefix."""

from pivotkit import Call, Directory, Flow, choice, pivot, setting
from pivotkit.kazoo import hangup, prepend_cid, set_cid, tts, user
from pivotkit.phone.numbers import canonical

HOW = choice("CALLER_ID", "table", "table", "static", "prepend")
NUMBER = setting("CALLER_ID_NUMBER", "+14155550100")
NAME = setting("CALLER_ID_NAME", "Acme")
PREFIX = setting("CALLER_ID_PREFIX", "Acme:")

RING = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20)
RING_OR_SORRY = (
    RING >> tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
FIXED = {
    "static": set_cid(NUMBER, caller_id_name=NAME) >> RING_OR_SORRY,
    "prepend": prepend_cid(caller_id_name_prefix=f"{PREFIX} ") >> RING_OR_SORRY,
}

dialled_numbers = Directory("dialled_number")


@pivot(fallback=RING_OR_SORRY)
def handler(call: Call) -> Flow:
    if HOW in FIXED:
        return FIXED[HOW]
    entry = dialled_numbers.get(canonical(call.request))
    if entry is None:
        return RING_OR_SORRY
    name, number = str(entry.get("name", "")), str(entry.get("number", ""))
    return set_cid(number, caller_id_name=name) >> RING_OR_SORRY
