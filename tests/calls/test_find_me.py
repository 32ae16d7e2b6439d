"""find_me, dialed: one place after the other, then a message."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

DESK, MOBILE = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "d4e2c6a3f5b7189a90817c6d5e4f3a2b"
GROUP = "f6a4e8c9d0b1928374655647382910af"
OTHER_DESK = "c3d1b5f2e4a6079889706b5c4d3e2f1a"
NO_ONE_AVAILABLE = "No one is available right now. Please leave a message."


def test_at_the_first_place(dial: Phone) -> None:
    """Callers answered at the first place are connected without a prompt."""
    call = dial("find_me", world=World()).is_bridged_to(f"user {DESK}").is_carried_through()
    assert MOBILE not in str(call)
    call.does_not_hear("One moment")


@pytest.mark.parametrize("first", [Rung.BUSY, Rung.NO_ANSWER, Rung.REJECTED, Rung.UNREGISTERED])
def test_at_the_second_place(dial: Phone, first: Rung) -> None:
    """Whatever keeps one place from answering, the next one is rung."""
    call = dial("find_me", world=World(endpoints={DESK: (first,)})).hears("One moment, please.")
    call.is_bridged_to(f"device {MOBILE}").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nowhere(dial: Phone, rung: Rung) -> None:
    """Callers leave a message when no place answers."""
    call = dial("find_me", rung=rung).hears("One moment, please.").hears(NO_ONE_AVAILABLE)
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_places_of_a_person(dial: Phone) -> None:
    """A person with an entry has their own places and voicemail box, by the dialed number."""
    world = World(endpoints={MOBILE: (Rung.NO_ANSWER,)})
    dial("find_me", called="6067", world=world).is_bridged_to(f"user {OTHER_DESK}")
    call = dial("find_me", called="6067", rung=Rung.NO_ANSWER).hears(NO_ONE_AVAILABLE)
    call.leaves_voicemail("8b7c6d5e").is_carried_through()


def test_a_group(dial: Phone) -> None:
    """A place may be a group of the account, which is rung at once."""
    dial.put("find_me", "6099", {"places": f"group:{GROUP}"})
    call = dial("find_me", called="6099").rings(f"group {GROUP}", 15)
    call.is_bridged_to(f"group {GROUP}").is_carried_through()


@pytest.mark.parametrize("places", ["", "desk", f"user:{DESK}:often"])
def test_places_that_cannot_be_read(dial: Phone, places: str) -> None:
    """A faulty entry rings no one: the caller leaves a message."""
    dial.put("find_me", "6099", {"places": places})
    call = dial("find_me", called="6099").hears(NO_ONE_AVAILABLE).leaves_voicemail("7a6b5c4d")
    assert "rings" not in str(call.is_caught())


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database, callers leave a message."""
    call = dial("find_me", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"})
    call.hears(NO_ONE_AVAILABLE).leaves_voicemail("7a6b5c4d").is_caught()
