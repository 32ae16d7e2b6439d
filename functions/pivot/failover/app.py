"""Ask one service after the other which team takes the call; if none answers, the front desk."""

from pivotkit import Call, Flow, pivot, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.services.upstream import Upstream, UpstreamDown

SERVICES = (
    Upstream("PRIMARY_URL", "https://primary.example.com/v1", seconds=1.0),
    Upstream("SECONDARY_URL", "https://secondary.example.com/v1", seconds=1.0),
)
NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
SALES = setting("SALES", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SUPPORT = setting("SUPPORT", "c3d1b5f2e4a6079889706b5c4d3e2f1a")
FRONT_DESK = setting("FRONT_DESK", "d4e2c6a3f5b7180990817c6d5e4f3a2b")
TEAMS = {
    "sales": user(SALES, timeout=20) >> NOBODY,
    "support": user(SUPPORT, timeout=20) >> NOBODY,
}
LAST_RESORT = user(FRONT_DESK, timeout=20) >> NOBODY


@pivot(fallback=LAST_RESORT)
def handler(call: Call) -> Flow:
    for service in SERVICES:
        try:
            team = service.get("/route", caller=call.caller.number, called=call.request).text(
                "team"
            )
        except UpstreamDown:
            continue
        return TEAMS.get(team, LAST_RESORT)
    return LAST_RESORT
