"""Choose what happens to a call by regular expressions over caller and dialed number."""

from functools import lru_cache
from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import MailboxId, UserId
from pivotkit.kazoo import Action, hangup, response, tts, user, voicemail
from pivotkit.phone.numbers import Country
from rules import CallerRules

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The country of numbers, and the users behind the rules."""

    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box for `message`, 32 characters"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring if no rule matches"""
    support: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user for `support`"""
    west_office: UserId = UserId("d4e2c6a3f5b7180990817c6d5e4f3a2b")
    """ID of the user for `west`"""


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> UNAVAILABLE


@lru_cache
def rules(settings: Settings) -> CallerRules:
    """The rules, whose `then` names one of these flows."""
    flows = {
        "refuse": response(603, message="Decline"),
        "message": tts("Please leave a message.") >> voicemail(settings.voicemail_box),
        "support": user(settings.support, timeout=20) >> UNAVAILABLE,
        "west": user(settings.west_office, timeout=20) >> UNAVAILABLE,
    }
    return CallerRules.beside(__file__, "rules.json", flows, settings.home_country)


rules(Settings())  # a wrong rule fails a deploy at once


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    return rules(settings).flow(call) or ring_front_desk(settings)
