"""ring, dialed: a user, a device or a group, and no answer."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

TARGET = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
KINDS = ["user", "device", "group"]
MESSAGE = "No one is available right now. Please leave a message."


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer(dial: Phone, kind: str) -> None:
    """Callers are bridged to the target, and the call ends with the conversation."""
    call = dial("ring", settings={"RING_KIND": kind, "RING_SECONDS": 15})
    call.rings(f"{kind} {TARGET}", 15).is_bridged_to(TARGET).hung_up("caller").is_carried_through()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_answer(dial: Phone, kind: str, rung: Rung) -> None:
    """Callers leave a message when there is no answer."""
    call = dial("ring", settings={"RING_KIND": kind}, rung=rung).hears(MESSAGE)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()


def test_a_member_of_the_group_answers(dial: Phone) -> None:
    """The first member of a group to pick up gets the caller."""
    world = World.of({"members": {TARGET: ["desk", "kitchen"]}, "endpoints": {"desk": "busy"}})
    call = dial("ring", settings={"RING_KIND": "group"}, world=world)
    call.rings("device desk device kitchen").is_bridged_to("kitchen").is_carried_through()
