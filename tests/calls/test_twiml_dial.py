"""twiml_dial, dialled: what the caller hears depends on how the dial ended."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

NUMBER = "+14155550100"
AGAIN = "To try again, press 1."


def test_somebody_answers(dial: Phone) -> None:
    """A caller who is answered talks, and KAZOO hangs up afterwards."""
    dial("twiml_dial").rings(NUMBER, 30).is_bridged_to(NUMBER).hung_up().is_carried_through()


@pytest.mark.parametrize(
    ("rung", "reason"),
    [
        (Rung.BUSY, "The line is busy."),
        (Rung.NO_ANSWER, "There was no answer."),
        (Rung.NO_RESOURCES, "The call cannot be completed."),
    ],
)
def test_nobody_answers(dial: Phone, rung: Rung, reason: str) -> None:
    """A caller is told why nobody answered, and may give up by saying nothing."""
    call = dial("twiml_dial", rung=rung).hears(f"{reason} {AGAIN}").is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_another_try(dial: Phone) -> None:
    """A caller who presses 1 is dialled for again."""
    world = World(carriers={NUMBER: (Rung.BUSY, Rung.ANSWERED)})
    call = dial("twiml_dial", press=("1",), world=world).hears(AGAIN).presses("1")
    call.is_bridged_to(NUMBER).is_carried_through()


def test_another_key(dial: Phone) -> None:
    """Any other key ends the call."""
    call = dial("twiml_dial", press=("5",), rung=Rung.BUSY).hears(AGAIN).presses("5")
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_another_number(dial: Phone) -> None:
    """The number and how long it rings are settings."""
    settings = {"NUMBER": "+14155550111", "RING_SECONDS": 12}
    dial("twiml_dial", settings=settings).rings("+14155550111", 12).is_carried_through()
