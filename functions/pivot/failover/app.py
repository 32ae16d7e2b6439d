"""Ask one routing service after another which team to ring, and fall back to the front desk."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import UserId
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown

NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The routing services, and the users of the teams."""

    primary_url: ServiceUrl = ServiceUrl("https://primary.example.com/v1")
    """base URL of the service that is asked first"""
    secondary_url: ServiceUrl = ServiceUrl("https://secondary.example.com/v1")
    """base URL of the service that is asked when the first fails"""
    sales: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for the team `sales`"""
    support: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user to ring for the team `support`"""
    front_desk: UserId = UserId("d4e2c6a3f5b7180990817c6d5e4f3a2b")
    """ID of the user to ring when no service names a team"""


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    for service in services(settings):
        try:
            route = service.get("/route", caller=call.caller.number, called=call.request)
            team = route.text("team")
        except UpstreamDown:
            continue
        return ring_team(team, settings)
    return ring_front_desk(settings)


def services(settings: Settings) -> tuple[Upstream, ...]:
    return (
        Upstream.at("primary", settings.primary_url, seconds=1.0),
        Upstream.at("secondary", settings.secondary_url, seconds=1.0),
    )


def ring_team(team: str, settings: Settings) -> Action:
    teams = {"sales": settings.sales, "support": settings.support}
    return user(teams.get(team, settings.front_desk), timeout=20) >> NO_ONE_AVAILABLE
