"""paging, dialed."""

from typing import Any

import pytest

from pivotctl.switch.events import AnswerReceived, Ringing
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

FIRST, SECOND = "d0a1b2c3d4e5f60718293a4b5c6d7e8f", "d1a2b3c4d5e6f70819203b4c5d6e7f80"


def pages(call: Any) -> list[tuple[str, ...]]:
    """The phones that were rung together, each time."""
    return [event.targets for event in call.events if isinstance(event, Ringing)]


@pytest.mark.parametrize(
    ("audio", "announcement"),
    [
        ("one-way", "You're paging the office. Please speak now."),
        ("two-way", "You're paging the office, and everyone can reply. Please speak now."),
    ],
)
def test_a_page(dial: Phone, audio: str, announcement: str) -> None:
    """All phones are paged together, after the caller heard whether people can reply."""
    call = dial("paging", settings={"PAGE_AUDIO": audio}).hears(announcement)
    call.is_bridged_to("device").hung_up("caller").is_carried_through()
    assert pages(call) == [(f"device {FIRST}", f"device {SECOND}")]
    (answer,) = [event.body for event in call.events if isinstance(event, AnswerReceived)]
    assert f'"audio":"{audio}"' in answer.replace(" ", "")


@pytest.mark.parametrize("separator", [" ", ",", ", "])
def test_the_phones_are_set(dial: Phone, separator: str) -> None:
    """Spaces and commas separate the phones in the setting."""
    call = dial("paging", settings={"PAGE_DEVICES": separator.join((SECOND, FIRST))})
    assert pages(call) == [(f"device {SECOND}", f"device {FIRST}")]


@pytest.mark.parametrize("outcome", [Rung.UNREGISTERED, Rung.NO_ANSWER, Rung.BUSY])
def test_no_phone_is_reached(dial: Phone, outcome: Rung) -> None:
    """Callers hear when the page reached no phone."""
    call = dial("paging", rung=outcome).hears("You're paging the office.")
    call.hears("Sorry, none of the phones could be reached. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()


def test_one_phone_is_enough(dial: Phone) -> None:
    """A page continues with the phones that pick up."""
    world = World(endpoints={FIRST: (Rung.UNREGISTERED,)})
    call = dial("paging", world=world).is_bridged_to(SECOND)
    call.does_not_hear("Sorry").hung_up("caller").is_carried_through()
