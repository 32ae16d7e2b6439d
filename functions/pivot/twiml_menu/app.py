"""Offer a menu in TwiML, for developers who come from Twilio."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import UserId
from pivotkit.twiml import Dial, Gather, Hangup, Response, Say, User

MENU = "For sales, press 1. For support, press 2."


class Settings(NamedTuple):
    """The users behind the keys."""

    sales: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes calls for sales"""
    support: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user who takes calls for support"""


def ring(user_id: UserId) -> Response:
    return Response(Dial(User(user_id), timeout=20), Hangup())


def ring_sales(settings: Settings) -> Response:
    return ring(settings.sales)


@pivot(settings=Settings, fallback=ring_sales)
def handler(call: Call, settings: Settings) -> Flow:
    choices = {"1": settings.sales, "2": settings.support}
    key = call.pressed()
    if key in choices:
        return ring(choices[key])
    prompt = f"Sorry, that's not a valid choice. {MENU}" if call.follow_up else MENU
    return Response(Gather(Say(prompt), action=call.url, num_digits=1), Say("Goodbye."), Hangup())
