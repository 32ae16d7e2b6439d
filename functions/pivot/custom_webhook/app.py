"""Report each step that callers take through a menu to a server, so that it can count drop-off."""

from typing import NamedTuple

from pivotkit import Call, Conversation, conversation
from pivotkit.core.setting_types import Url, UserId
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.funnel import Funnel

TOPIC_PROMPT = "For sales, press 1. For support, press 2."
TOPICS = {"1": "sales", "2": "support"}
PRODUCT_PROMPT = "For phones, press 1. For bills, press 2."
PRODUCTS = {"1": "phones", "2": "bills"}
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The server that gets the events, and the users behind the keys."""

    funnel_hook: Url = Url("https://<API>/<KEY>/webhooks/custom_events")
    """URL to which KAZOO delivers the events: a receiver of this collection, or any other server"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes calls of callers without a choice"""
    sales: UserId = UserId("d4e2c6a3f5b7180990817c6d5e4f3a2b")
    """ID of the user who takes calls for sales"""
    phones: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user who takes support calls about phones"""
    bills: UserId = UserId("e5f3d7b4a6c8291aa1928d7e6f5a4b3c")
    """ID of the user who takes support calls about bills"""


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


@conversation(settings=Settings, by_number=True, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Conversation:
    teams = {"sales": settings.sales, "phones": settings.phones, "bills": settings.bills}
    journey = Funnel("welcome", settings.funnel_hook).start(call)
    choice = yield from journey.ask("topic", TOPIC_PROMPT, TOPICS)
    if choice == "support":
        choice = yield from journey.ask("product", PRODUCT_PROMPT, PRODUCTS)
    team = choice if choice in teams else "front_desk"
    return (
        journey.report(team, "rung")
        >> user(teams.get(team, settings.front_desk), timeout=20)
        >> journey.report(team, "unanswered")
        >> NO_ONE_AVAILABLE
    )
