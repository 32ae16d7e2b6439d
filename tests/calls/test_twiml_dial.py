"""twiml_dial, dialed: callers hear how the dial ended."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

NUMBER = "+14155550100"
AGAIN = "To try again, press 1."


def test_an_answered_call(dial: Phone) -> None:
    """Callers who are answered talk, and KAZOO hangs up afterwards."""
    dial("twiml_dial").rings(NUMBER, 30).is_bridged_to(NUMBER).hung_up().is_carried_through()


@pytest.mark.parametrize(
    ("rung", "reason"),
    [
        (Rung.BUSY, "The line is busy."),
        (Rung.NO_ANSWER, "There was no answer."),
        (Rung.NO_RESOURCES, "The call couldn't be completed."),
    ],
)
def test_an_unanswered_call(dial: Phone, rung: Rung, reason: str) -> None:
    """Callers are told why they were not connected, and silence ends the call."""
    call = dial("twiml_dial", rung=rung).hears(f"{reason} {AGAIN}").is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_another_try(dial: Phone) -> None:
    """The number is dialed again when the caller presses 1."""
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
