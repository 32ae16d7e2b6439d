"""Let users manage their own phones: forwarding, do not disturb, hotdesk, paging, and more."""

from typing import NamedTuple

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.core.setting_types import DialedNumber, GroupId, UserId
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts, user

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


class Settings(NamedTuple):
    """The targets of the menu."""

    page_group: GroupId = GroupId("a7b5c3d1e9f8071625344352617080f9")
    """ID of the group whose phones are paged"""
    supervisor_number: DialedNumber = DialedNumber("6073")
    """number of the template `supervisor`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for callers who press 0"""


TOGGLES = {
    "1": kazoo.call_forward("toggle"),
    "2": kazoo.do_not_disturb("toggle"),
}


def destinations(settings: Settings) -> dict[str, Action]:
    """The flows that do not lead back to the menu, by key."""
    return {
        "3": kazoo.hotdesk("toggle") >> hangup(),
        "4": page_office(settings),
        "5": kazoo.transfer(settings.supervisor_number),
        "0": ring_front_desk(settings),
    }


def page_office(settings: Settings) -> Action:
    group = kazoo.endpoint(settings.page_group, "group")
    return tts("Please speak now.") >> kazoo.page_group([group]) >> NO_ONE_AVAILABLE


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    if not call.follow_up:
        return menu(call)
    key = call.pressed("service")
    if key is None:
        return GOODBYE
    if key in TOGGLES:
        return TOGGLES[key] >> menu(call)
    return destinations(settings).get(key) or menu(call, apology=INVALID_CHOICE)


def menu(call: Call, apology: str = "") -> Action:
    """Read the choices and come back with the key."""
    return (
        tts(f"{apology}{MENU}") >> collect_dtmf(collection_name="service") >> kazoo.pivot(call.url)
    )
