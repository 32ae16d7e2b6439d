"""paging, dialled."""

from typing import Any

import pytest

from pivotctl.switch.events import AnswerReceived, Ringing
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

FIRST, SECOND = "d0a1b2c3d4e5f60718293a4b5c6d7e8f", "d1a2b3c4d5e6f70819203b4c5d6e7f80"


def rung(call: Any) -> list[tuple[str, ...]]:
    """Who was rung, each time."""
    return [event.targets for event in call.events if isinstance(event, Ringing)]


@pytest.mark.parametrize(
    ("audio", "announcement"),
    [
        ("one-way", "You are paging the office. Please speak."),
        ("two-way", "You are paging the office, and everybody can answer. Please speak."),
    ],
)
def test_a_page(dial: Phone, audio: str, announcement: str) -> None:
    """All phones are paged together, after the caller was told whether they can answer."""
    call = dial("paging", settings={"PAGE_AUDIO": audio}).hears(announcement)
    call.is_bridged_to("device").hung_up("caller").is_carried_through()
    assert rung(call) == [(f"device {FIRST}", f"device {SECOND}")]
    (answer,) = [event.body for event in call.events if isinstance(event, AnswerReceived)]
    assert f'"audio":"{audio}"' in answer.replace(" ", "")


@pytest.mark.parametrize("separator", [" ", ",", ", "])
def test_the_phones_are_set(dial: Phone, separator: str) -> None:
    """Blanks and commas separate the phones of the setting."""
    call = dial("paging", settings={"PAGE_DEVICES": separator.join((SECOND, FIRST))})
    assert rung(call) == [(f"device {SECOND}", f"device {FIRST}")]


@pytest.mark.parametrize("outcome", [Rung.UNREGISTERED, Rung.NO_ANSWER, Rung.BUSY])
def test_nobody_can_be_paged(dial: Phone, outcome: Rung) -> None:
    """The caller is told when the page reached no phone."""
    call = dial("paging", rung=outcome).hears("You are paging the office.")
    call.hears("No phone could be paged. Goodbye.").hung_up("kazoo").is_carried_through()


def test_one_phone_is_enough(dial: Phone) -> None:
    """A page goes on with those phones that pick up."""
    world = World(endpoints={FIRST: (Rung.UNREGISTERED,)})
    call = dial("paging", world=world).is_bridged_to(SECOND)
    call.does_not_hear("No phone").hung_up("caller").is_carried_through()
