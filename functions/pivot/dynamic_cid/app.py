"""Dial out under another caller ID: entered on the keypad, fixed, or chosen by two digits."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import Extension, ListId, NumberPattern, PhoneNumber, Text
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, dynamic_cid, hangup, offnet, tts
from pivotkit.phone.dialing import DialPolicy, dial_policy
from pivotkit.phone.numbers import Country, Destinations

NOT_CONNECTED = tts("Sorry, your call couldn't be connected. Goodbye.") >> hangup()
REFUSED = tts("Sorry, that number can't be dialed from here. Goodbye.") >> hangup()
BUSY = tts("The line is busy. Goodbye.") >> hangup()
NO_ANSWER = tts("There was no answer. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The caller IDs that may be shown, and the numbers that may be dialed."""

    action: Literal["manual", "static", "list", "lists"] = "manual"
    """`manual`: the user enters the caller ID; `static`: always the same; `list` or `lists`: the
    first digits of the dialed number choose it from a list of the account"""
    feature_code: Extension = Extension("*77")
    """code dialed before the number"""
    own_numbers: NumberPattern = NumberPattern("^415555[0-9]{4}$")
    """ten-digit numbers that may be entered for `manual`"""
    caller_id_name: Text = Text("Acme")
    """name for `static`"""
    caller_id_number: PhoneNumber = PhoneNumber("+14155550100")
    """number for `static`"""
    caller_ids: ListId = ListId("1f2e3d4c5b6a79880716253443526170")
    """ID of the list for `list` or `lists`"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that can be called, as in `US CA +4420`"""


@pivot(settings=Settings, fallback=NOT_CONNECTED)
def handler(call: Call, settings: Settings) -> Flow:
    if settings.action in {"list", "lists"}:
        return dynamic_cid(settings.action, id=settings.caller_ids) >> NOT_CONNECTED
    number = policy(settings).find(call.request.removeprefix(settings.feature_code))
    if number is None:
        return REFUSED
    dialed = offnet(number).on("USER_BUSY", BUSY).on("NO_ANSWER", NO_ANSWER)
    return choose(settings) >> dialed


def choose(settings: Settings) -> Action:
    if settings.action == "manual":
        return dynamic_cid("manual", whitelist_regex=settings.own_numbers)
    shown = {"name": settings.caller_id_name, "number": settings.caller_id_number}
    return dynamic_cid("static", caller_id=shown)


def policy(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


policy(from_environment(Settings))  # loads numbering plans now, not while a caller waits
