"""last_agent, dialled: once as a stranger, and again as somebody who is known."""

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial, Phone

ANN, BOB = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "c3d1b5f2e4a6079889706b5c4d3e2f1a"
KNOWN = "+14155550123"
WELCOME = "Welcome back. We call whom you spoke with last."


def test_a_stranger(dial: Phone) -> None:
    """A caller who is not known gets the whole team."""
    call = dial("last_agent").is_bridged_to("user").is_carried_through()
    call.does_not_hear("Welcome back")
    assert f"rings user {ANN} and user {BOB}" in str(call)


def test_somebody_who_is_known(dial: Phone) -> None:
    """A caller who calls again gets whom she spoke with."""
    call = dial("last_agent", caller=KNOWN).hears(WELCOME).is_bridged_to(f"user {BOB}")
    assert ANN not in str(call.is_carried_through())


@pytest.mark.parametrize("bob", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_the_last_agent_does_not_answer(dial: Phone, bob: Rung) -> None:
    """When that one does not answer, the team is rung."""
    call = dial("last_agent", caller=KNOWN, world=World(endpoints={BOB: (bob,)}))
    call.hears(WELCOME).is_bridged_to(f"user {ANN}").is_carried_through()


def test_nobody_answers(dial: Phone) -> None:
    """When nobody answers, the caller leaves a message."""
    call = dial("last_agent", caller=KNOWN, rung=Rung.NO_ANSWER).hears(WELCOME)
    call.hears("No one is available right now. Please leave a message.").leaves_voicemail(
        "7a6b5c4d"
    )
    call.is_carried_through()


def test_who_has_left_the_team(dial: Phone) -> None:
    """An agent who is not of the team any more is not rung."""
    call = dial("last_agent", caller=KNOWN, settings={"TEAM": f"user:{ANN}"})
    call.is_bridged_to(f"user {ANN}").is_carried_through().does_not_hear("Welcome back")


def test_the_database_is_down(dial: Phone) -> None:
    """When nobody knows who spoke with whom, the team is rung."""
    down = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    call = dial("last_agent", caller=KNOWN, settings=down)
    call.is_bridged_to("user").is_carried_through().does_not_hear("Welcome back")


@pytest.mark.slow
def test_calling_twice(dial_runtime: Dial, stack: Stack) -> None:
    """Through webhooks, stream and worker: whoever took the first call is rung for the second."""
    caller = "+14155550188"
    world = World(endpoints={ANN: (Rung.BUSY,)})
    first = dial_runtime("last_agent", caller=caller, world=world)
    first.is_bridged_to(f"user {BOB}").is_carried_through().does_not_hear("Welcome back")
    stack.wait_for_workers()
    again = dial_runtime("last_agent", caller=caller)
    again.hears(WELCOME).is_bridged_to(f"user {BOB}").is_carried_through()
