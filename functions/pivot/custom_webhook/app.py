"""Tell a server each step that callers take through a menu, so that drop-off can be counted."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.phone.funnel import Funnel

funnel = Funnel("welcome", setting("FUNNEL_HOOK", "https://<API>/<KEY>/webhooks/custom_events"))
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
TEAMS = {
    "sales": setting("SALES", "d4e2c6a3f5b7180990817c6d5e4f3a2b"),
    "phones": setting("PHONES", "c3d1b5f2e4a6079889706b5c4d3e2f1a"),
    "bills": setting("BILLS", "e5f3d7b4a6c8291aa1928d7e6f5a4b3c"),
    "front_desk": FRONT_DESK,
}
TOPICS = {"1": "sales", "2": "support"}
PRODUCTS = {"1": "phones", "2": "bills"}
NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()


@conversation(fallback=user(FRONT_DESK, timeout=20) >> NOBODY)
def handler(call: Call) -> Conversation:
    way = funnel.way(call)
    team = yield from way.ask("topic", "For sales, press 1. For support, press 2.", TOPICS)
    if team == "support":
        team = yield from way.ask("product", "For phones, press 1. For bills, press 2.", PRODUCTS)
    if team not in TEAMS:
        team = "front_desk"
    rung = way.tell(team, "rung") >> user(TEAMS[team], timeout=20)
    return rung >> way.tell(team, "unanswered") >> NOBODY
