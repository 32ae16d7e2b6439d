"""ring_group, dialed: all at once, in turn, by weight, and no answer."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

FIRST, SECOND = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "c3d1b5f2e4a6079889706b5c4d3e2f1a"
MESSAGE = "No one is available right now. Please leave a message."


def test_all_at_once(dial: Phone) -> None:
    """All members ring at once, for one member's time."""
    call = dial("ring_group", world=World.of({"endpoints": {FIRST: "no-answer"}}))
    call.rings(f"user {FIRST} user {SECOND}", 20).is_bridged_to(SECOND)
    call.hung_up("caller").is_carried_through()


def test_one_after_the_other(dial: Phone) -> None:
    """The second member is rung if the first does not answer, and each for the full time."""
    call = dial(
        "ring_group",
        settings={"STRATEGY": "single", "RING_SECONDS": 15},
        world=World.of({"endpoints": {FIRST: "no-answer"}}),
    )
    call.rings(FIRST, 15).rings(SECOND, 15).is_bridged_to(SECOND).is_carried_through()


def test_by_weight(dial: Phone) -> None:
    """The heavier member is rung first (KAZOO draws lots; the local KAZOO takes the likeliest)."""
    members = f"user:{FIRST}:10 device:{SECOND}:90"
    call = dial("ring_group", settings={"STRATEGY": "weighted_random", "MEMBERS": members})
    call.rings(f"device {SECOND}").is_bridged_to(SECOND).is_carried_through()


@pytest.mark.parametrize("strategy", ["simultaneous", "single", "weighted_random"])
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_answer(dial: Phone, strategy: str, rung: Rung) -> None:
    """Callers leave a message when there is no answer, whatever the strategy."""
    call = dial("ring_group", settings={"STRATEGY": strategy}, rung=rung).hears(MESSAGE)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()
