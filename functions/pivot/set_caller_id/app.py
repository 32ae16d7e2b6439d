"""Show another caller ID: a fixed one, one for each dialed number, or one with a prefix."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pivotkit import Call, Directory, Flow, pivot
from pivotkit.core.setting_types import DialedNumber, Text, UserId
from pivotkit.kazoo import Action, hangup, prepend_cid, set_cid, tts, user
from pivotkit.phone.numbers import Country, canonical

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The caller ID to show, and the user to ring."""

    caller_id: Literal["table", "static", "prepend"] = "table"
    """`table`: by the dialed number; `static`: always the same; `prepend`: a prefix to the caller's
    name"""
    caller_id_number: DialedNumber = DialedNumber("+14155550100")
    """number for `static`"""
    caller_id_name: Text = Text("Acme")
    """name for `static`"""
    caller_id_prefix: Text = Text("Acme:")
    """prefix for `prepend`"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring"""


dialed_numbers = Directory("dialled_number")


def ring(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> UNAVAILABLE


@pivot(settings=Settings, fallback=ring)
def handler(call: Call, settings: Settings) -> Flow:
    if settings.caller_id == "static":
        shown = set_cid(settings.caller_id_number, caller_id_name=settings.caller_id_name)
        return shown >> ring(settings)
    if settings.caller_id == "prepend":
        prefix = prepend_cid(caller_id_name_prefix=f"{settings.caller_id_prefix} ")
        return prefix >> ring(settings)
    entry = dialed_numbers.of(call).get(canonical(call.request, settings.home_country))
    return ring(settings) if entry is None else show(entry) >> ring(settings)


def show(entry: Mapping[str, object]) -> Action:
    name = str(entry.get("name", ""))
    number = str(entry.get("number", ""))
    return set_cid(number, caller_id_name=name)
