"""Report each step that callers take through a menu to a server, so that it can count drop-off."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.phone.funnel import Funnel

FUNNEL_HOOK = setting("FUNNEL_HOOK", "https://<API>/<KEY>/webhooks/custom_events")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SALES = setting("SALES", "d4e2c6a3f5b7180990817c6d5e4f3a2b")
PHONES = setting("PHONES", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
BILLS = setting("BILLS", "e5f3d7b4a6c8291aa1928d7e6f5a4b3c")

TOPIC_PROMPT = "For sales, press 1. For support, press 2."
TOPICS = {"1": "sales", "2": "support"}
PRODUCT_PROMPT = "For phones, press 1. For bills, press 2."
PRODUCTS = {"1": "phones", "2": "bills"}
TEAMS = {"sales": SALES, "phones": PHONES, "bills": BILLS, "front_desk": FRONT_DESK}
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)

funnel = Funnel("welcome", FUNNEL_HOOK)


@conversation(fallback=user(FRONT_DESK, timeout=20) >> NO_ONE_AVAILABLE)
def handler(call: Call) -> Conversation:
    journey = funnel.start(call)
    choice = yield from journey.ask("topic", TOPIC_PROMPT, TOPICS)
    if choice == "support":
        choice = yield from journey.ask("product", PRODUCT_PROMPT, PRODUCTS)
    team = choice if choice in TEAMS else "front_desk"
    return (
        journey.report(team, "rung")
        >> user(TEAMS[team], timeout=20)
        >> journey.report(team, "unanswered")
        >> NO_ONE_AVAILABLE
    )
