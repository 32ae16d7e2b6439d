"""find_me, dialled: one place after the other, then a message."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

DESK, MOBILE = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "d4e2c6a3f5b7189a90817c6d5e4f3a2b"
OTHER_DESK = "c3d1b5f2e4a6079889706b5c4d3e2f1a"
NO_ONE = "Nobody could be reached. Please leave a message."


def test_at_the_first_place(dial: Phone) -> None:
    """Who answers at the first place is not looked for elsewhere."""
    call = dial("find_me", world=World()).is_bridged_to(f"user {DESK}").is_carried_through()
    assert MOBILE not in str(call)
    call.does_not_hear("One moment")


@pytest.mark.parametrize("first", [Rung.BUSY, Rung.NO_ANSWER, Rung.REJECTED, Rung.UNREGISTERED])
def test_at_the_second_place(dial: Phone, first: Rung) -> None:
    """Whatever the reason at one place, the next one is rung."""
    call = dial("find_me", world=World(endpoints={DESK: (first,)})).hears("One moment, please.")
    call.is_bridged_to(f"device {MOBILE}").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nowhere(dial: Phone, rung: Rung) -> None:
    """After the last place the caller leaves a message."""
    call = dial("find_me", rung=rung).hears("One moment, please.").hears(NO_ONE)
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_places_of_her_own(dial: Phone) -> None:
    """A person with an entry has places and a mailbox of her own, by the number that is dialled."""
    world = World(endpoints={MOBILE: (Rung.NO_ANSWER,)})
    dial("find_me", called="6067", world=world).is_bridged_to(f"user {OTHER_DESK}")
    call = dial("find_me", called="6067", rung=Rung.NO_ANSWER).hears(NO_ONE)
    call.leaves_voicemail("8b7c6d5e").is_carried_through()


@pytest.mark.parametrize("places", ["", "desk", f"user:{DESK}:often"])
def test_places_that_cannot_be_read(dial: Phone, places: str) -> None:
    """Nobody else is rung for a person whose entry has a fault: the caller leaves a message."""
    dial.put("find_me", "6099", {"places": places})
    call = dial("find_me", called="6099").hears(NO_ONE).leaves_voicemail("7a6b5c4d")
    assert "rings" not in str(call.is_carried_through())


def test_the_database_is_down(dial: Phone) -> None:
    """When nobody knows the places, the caller leaves a message."""
    call = dial("find_me", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"})
    call.hears(NO_ONE).leaves_voicemail("7a6b5c4d").is_carried_through()
