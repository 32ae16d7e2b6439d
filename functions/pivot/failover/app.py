"""Ask one routing service after another which team to ring, and fall back to the front desk."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.services.upstream import Upstream, UpstreamDown

SALES = setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
FRONT_DESK = setting("FRONT_DESK", "d4e2c6a3f5b7180990817c6d5e4f3a2b")

NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> NO_ONE_AVAILABLE
TEAMS = {
    "sales": user(SALES, timeout=20) >> NO_ONE_AVAILABLE,
    "support": user(SUPPORT, timeout=20) >> NO_ONE_AVAILABLE,
}

SERVICES = (
    Upstream("PRIMARY_URL", "https://primary.example.com/v1", seconds=1.0),
    Upstream("SECONDARY_URL", "https://secondary.example.com/v1", seconds=1.0),
)


@pivot(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Flow:
    for service in SERVICES:
        try:
            route = service.get("/route", caller=call.caller.number, called=call.request)
            team = route.text("team")
        except UpstreamDown:
            continue
        return TEAMS.get(team, RING_FRONT_DESK)
    return RING_FRONT_DESK
