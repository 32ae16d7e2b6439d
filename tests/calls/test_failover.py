"""failover, dialed: two services, either of which may be down."""

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from tests.calls.conftest import Dial, Upstreams

KNOWN = "+14155550123"
SALES, SUPPORT, FRONT_DESK = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3"
NO_ONE_AVAILABLE = "No one is available right now. Please try again later. Goodbye."
TROUBLES = ("is_slow", "is_wrong", "fails", "is_dead")


@pytest.mark.parametrize(("caller", "team"), [(KNOWN, SUPPORT), ("+14155550199", SALES)])
def test_the_first_service_answers(
    dial: Dial, upstreams: Upstreams, caller: str, team: str
) -> None:
    """The team that the first service names is rung; the second isn't asked."""
    dial("failover", caller=caller).is_bridged_to(team).is_carried_through()
    (request,) = upstreams.primary.received
    assert request.query == {"caller": caller, "called": "2030"}
    assert not upstreams.secondary.received


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_second_service_takes_over(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However the first service fails, the second is asked."""
    getattr(upstreams.primary, trouble)()
    dial("failover", caller=KNOWN).is_bridged_to(SUPPORT).is_carried_through()
    assert len(upstreams.secondary.received) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_both_are_down(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """When no service answers, the front desk is rung, in time."""
    getattr(upstreams.primary, trouble)()
    getattr(upstreams.secondary, trouble)()
    dial("failover", caller=KNOWN).is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("team", ["billing", "", "b2c0a4e1d3f5968778695a4b3c2d1e0f"])
def test_an_unknown_team(dial: Dial, monkeypatch: pytest.MonkeyPatch, team: str) -> None:
    """A service can't ring anyone but the teams of the template."""
    monkeypatch.setattr(
        "pivotctl.upstreams.routing.RoutingFake.answer", lambda *_: FakeReply({"team": team})
    )
    dial("failover").is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_one_is_available(dial: Dial, rung: Rung) -> None:
    """Callers hear that no one is available when the team doesn't answer."""
    call = dial("failover", rung=rung).rings(SALES, 20)
    call.hears(NO_ONE_AVAILABLE).hung_up("kazoo").is_carried_through()


def test_the_front_desk_is_busy(dial: Dial, upstreams: Upstreams) -> None:
    """Callers hear that no one is available when even the front desk is busy."""
    upstreams.primary.is_dead()
    upstreams.secondary.is_dead()
    call = dial("failover", rung=Rung.BUSY).rings(FRONT_DESK, 20)
    call.hears(NO_ONE_AVAILABLE).hung_up("kazoo").is_carried_through()


def test_the_circuit_opens(stack: Stack, dial_runtime: Dial, upstreams: Upstreams) -> None:
    """After three failures in a row the service isn't asked, and callers don't wait for it."""
    stack.restart_function("failover")
    upstreams.primary.fails()
    for _ in range(5):
        dial_runtime("failover", caller=KNOWN).is_bridged_to(SUPPORT).is_carried_through()
    assert len(upstreams.primary.received) == 3
    assert len(upstreams.secondary.received) == 5
    stack.restart_function("failover")
