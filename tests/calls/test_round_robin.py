"""round_robin, dialed: turns, shares, and calls that no agent answers."""

from collections import Counter
from typing import Any

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import Bridged
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

ANN, BOB, CAS = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "c3d1b5f2e4a6079889706b5c4d3e2f1a", "d" * 32
EQUAL = {"AGENTS": f"user:{ANN} user:{BOB} device:{CAS}"}


def agent_of(call: Dialogue) -> str:
    """The agent who talks to the caller."""
    call.is_carried_through()
    (bridged,) = [event for event in call.events if isinstance(event, Bridged)]
    return bridged.target


def test_in_turn(dial: Phone) -> None:
    """Each call goes to the next agent, and after the last one to the first again."""
    agents = [agent_of(dial("round_robin", settings=EQUAL)) for _ in range(6)]
    assert agents == [f"user {ANN}", f"user {BOB}", f"device {CAS}"] * 2


def test_by_shares(dial: Phone) -> None:
    """Three quarters of the calls go to one agent, at most three in a row."""
    agents = [agent_of(dial("round_robin")) for _ in range(8)]
    assert Counter(agents) == {f"user {ANN}": 6, f"user {BOB}": 2}
    assert agents[:4] == agents[4:]


def test_the_next_one_takes_over(dial: Phone) -> None:
    """When the agent in turn doesn't answer, the next one is rung."""
    world = World(endpoints={ANN: (Rung.BUSY,)})
    call: Any = dial("round_robin", settings=EQUAL, world=world)
    assert agent_of(call) == f"user {BOB}"


def test_no_one_is_available(dial: Phone) -> None:
    """Callers leave a message when no agent answers."""
    call = dial("round_robin", rung=Rung.NO_ANSWER)
    call.hears("No one is available right now. Please leave a message.")
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database, all agents are rung together."""
    call = dial("round_robin", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"})
    call.is_bridged_to("user").is_caught()
    assert f"rings user {ANN} and user {BOB}" in str(call)
