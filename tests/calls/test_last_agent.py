"""last_agent, dialed: by strangers, and by callers who have called before."""

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial, Phone

ANN, BOB = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "c3d1b5f2e4a6079889706b5c4d3e2f1a"
KNOWN = "+14155550123"
WELCOME = "Welcome back. Connecting you to the person you last spoke with."


def test_a_stranger(dial: Phone) -> None:
    """The whole team is rung for unknown callers."""
    call = dial("last_agent").is_bridged_to("user").is_carried_through()
    call.does_not_hear("Welcome back")
    assert f"rings user {ANN} and user {BOB}" in str(call)


def test_a_known_caller(dial: Phone) -> None:
    """The agent that the caller last spoke with is rung first."""
    call = dial("last_agent", caller=KNOWN).hears(WELCOME).is_bridged_to(f"user {BOB}")
    assert ANN not in str(call.is_carried_through())


@pytest.mark.parametrize("bob", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_the_last_agent_does_not_answer(dial: Phone, bob: Rung) -> None:
    """When the last agent doesn't answer, the whole team is rung."""
    call = dial("last_agent", caller=KNOWN, world=World(endpoints={BOB: (bob,)}))
    call.hears(WELCOME).is_bridged_to(f"user {ANN}").is_carried_through()


def test_no_one_is_available(dial: Phone) -> None:
    """Callers leave a message when no one answers."""
    call = dial("last_agent", caller=KNOWN, rung=Rung.NO_ANSWER).hears(WELCOME)
    call.hears("No one is available right now. Please leave a message.")
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_an_agent_who_has_left_the_team(dial: Phone) -> None:
    """An agent who has left the team isn't rung."""
    call = dial("last_agent", caller=KNOWN, settings={"TEAM": f"user:{ANN}"})
    call.is_bridged_to(f"user {ANN}").is_carried_through().does_not_hear("Welcome back")


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database, the whole team is rung."""
    down = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    call = dial("last_agent", caller=KNOWN, settings=down)
    call.is_bridged_to("user").is_caught().does_not_hear("Welcome back")


@pytest.mark.slow
def test_calling_twice(dial_runtime: Dial, stack: Stack) -> None:
    """The agent who took the first call is rung for the second (webhooks, stream, worker)."""
    caller = "+14155550188"
    world = World(endpoints={ANN: (Rung.BUSY,)})
    first = dial_runtime("last_agent", caller=caller, world=world)
    first.is_bridged_to(f"user {BOB}").is_carried_through().does_not_hear("Welcome back")
    stack.wait_for_workers()
    again = dial_runtime("last_agent", caller=caller)
    again.hears(WELCOME).is_bridged_to(f"user {BOB}").is_carried_through()
