"""failover, dialled: two services, of which each may be down."""

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from tests.calls.conftest import Dial, Upstreams

KNOWN = "+14155550123"
SALES, SUPPORT, FRONT_DESK = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3"
TROUBLES = ("is_slow", "is_wrong", "fails", "is_dead")


@pytest.mark.parametrize(("caller", "team"), [(KNOWN, SUPPORT), ("+14155550199", SALES)])
def test_the_first_service_answers(
    dial: Dial, upstreams: Upstreams, caller: str, team: str
) -> None:
    """The team that the first service names is rung; the second one is not asked."""
    dial("failover", caller=caller).is_bridged_to(team).is_carried_through()
    (asked,) = upstreams.primary.received
    assert asked.query == {"caller": caller, "called": "2030"}
    assert not upstreams.secondary.received


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_second_service_stands_in(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However the first service fails, the second one is asked."""
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
def test_a_team_that_there_is_not(dial: Dial, monkeypatch: pytest.MonkeyPatch, team: str) -> None:
    """A service can ring nobody but the teams of the template."""
    monkeypatch.setattr(
        "pivotctl.upstreams.routing.RoutingFake.answer", lambda *_: FakeReply({"team": team})
    )
    dial("failover").is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_is_free(dial: Dial, rung: Rung) -> None:
    """A caller whom nobody answers is told so."""
    call = dial("failover", rung=rung).rings(SALES, 20)
    call.hears("Nobody is free. Please call again. Goodbye.").hung_up("kazoo").is_carried_through()


def test_the_last_resort_is_not_free(dial: Dial, upstreams: Upstreams) -> None:
    """With everything down and nobody at the front desk, the caller is told so."""
    upstreams.primary.is_dead()
    upstreams.secondary.is_dead()
    call = dial("failover", rung=Rung.BUSY).rings(FRONT_DESK, 20)
    call.hears("Nobody is free. Please call again. Goodbye.").hung_up("kazoo").is_carried_through()


def test_the_circuit_opens(stack: Stack, dial_runtime: Dial, upstreams: Upstreams) -> None:
    """Behind three failures in a row no caller waits for the service, and it is not asked."""
    stack.restart_function("failover")
    upstreams.primary.fails()
    for _ in range(5):
        dial_runtime("failover", caller=KNOWN).is_bridged_to(SUPPORT).is_carried_through()
    assert len(upstreams.primary.received) == 3
    assert len(upstreams.secondary.received) == 5
    stack.restart_function("failover")
