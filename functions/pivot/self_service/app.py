"""Let users manage their own phones: forwarding, do not disturb, hotdesk, paging, and more."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts, user

PAGE_GROUP = setting("PAGE_GROUP", "a7b5c3d1e9f8071625344352617080f9")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SUPERVISOR_NUMBER = setting("SUPERVISOR_NUMBER", "6073")

MENU = (
    "For call forwarding, press 1. For do not disturb, press 2. "
    "To log in or out of this phone, press 3. To page the office, press 4. "
    "For supervisor options, press 5. For the front desk, press 0."
)
INVALID_CHOICE = "Sorry, that's not a valid choice. "

GOODBYE = tts("Goodbye.") >> hangup()
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> NO_ONE_AVAILABLE
PAGE_OFFICE = (
    tts("Please speak now.")
    >> kazoo.page_group([kazoo.endpoint(PAGE_GROUP, "group")])
    >> NO_ONE_AVAILABLE
)

TOGGLES = {
    "1": kazoo.call_forward("toggle"),
    "2": kazoo.do_not_disturb("toggle"),
}
DESTINATIONS = {
    "3": kazoo.hotdesk("toggle") >> hangup(),
    "4": PAGE_OFFICE,
    "5": kazoo.transfer(SUPERVISOR_NUMBER),
    "0": RING_FRONT_DESK,
}


@pivot(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return menu(call)
    key = call.pressed("service")
    if key is None:
        return GOODBYE
    if key in TOGGLES:
        return TOGGLES[key] >> menu(call)
    if key in DESTINATIONS:
        return DESTINATIONS[key]
    return menu(call, apology=INVALID_CHOICE)


def menu(call: Call, apology: str = "") -> Action:
    """Read the choices and come back with the key."""
    return (
        tts(f"{apology}{MENU}") >> collect_dtmf(collection_name="service") >> kazoo.pivot(call.url)
    )
