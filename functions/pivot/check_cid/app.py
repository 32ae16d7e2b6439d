"""Route callers by a pattern or a list of KAZOO, or treat one number as that of a user."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import Extension, ListId, NumberPattern, PhoneNumber, Text, UserId
from pivotkit.kazoo import Action, check_cid, cidlistmatch, hangup, tts, user

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The check, and the users to ring after it."""

    check: Literal["pattern", "list", "user"] = "pattern"
    """`pattern`: the number matches `pattern`; `list`: it is on a list of the account; `user`: it
    is the mobile number of a user, who calls as at the desk"""
    pattern: NumberPattern = NumberPattern(r"^\+1415")
    """pattern for `pattern`, tried anywhere in the number"""
    callers: ListId = ListId("2e3d4c5b6a7988071625344352617080")
    """ID of the list for `list`"""
    mobile: PhoneNumber = PhoneNumber("+14155550123")
    """mobile number for `user`"""
    mobile_user: UserId = UserId("d4e2c6a3f5b7180990817c6d5e4f3a2b")
    """ID of the user with this mobile number"""
    mobile_name: Text = Text("Alice Adams")
    """name that is shown for this user"""
    mobile_extension: Extension = Extension("2001")
    """extension that is shown for this user"""
    matched: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user to ring for callers who match"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for all others"""


def ring(user_id: UserId) -> Action:
    return user(user_id, timeout=20) >> UNAVAILABLE


def ring_front_desk(settings: Settings) -> Action:
    return ring(settings.front_desk)


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    del call  # KAZOO has the caller's number, and the list
    matched = ring(settings.matched)
    others = ring_front_desk(settings)
    if settings.check == "pattern":
        return check_cid(settings.pattern).on("match", matched) >> others
    if settings.check == "list":
        return cidlistmatch(settings.callers).on("match", matched) >> others
    return as_user(settings).on(settings.mobile, matched) >> others


def as_user(settings: Settings) -> Action:
    """Look for a branch named after the caller's number; its caller becomes the user."""
    shown = {"name": settings.mobile_name, "number": settings.mobile_extension}
    return check_cid(
        use_absolute_mode=True, caller_id={"external": shown}, user_id=settings.mobile_user
    )
