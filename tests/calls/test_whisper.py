"""whisper, dialled: what the one who is rung sees and hears is set before she is rung."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

DEVICE = "device d4e2c6a3f5b7189a90817c6d5e4f3a2b"


@pytest.mark.parametrize(
    ("number", "shown", "ring", "code"),
    [
        ("6058", "Sales Jane Doe", "sales", "en-sa"),
        ("6068", "Support Jane Doe", "support", "en-su"),
    ],
)
def test_a_line(dial: Phone, number: str, shown: str, ring: str, code: str) -> None:
    """Each line has its own words on the display, its own ring and its own announcement."""
    call = dial("whisper", called=number).runs("prepend_cid", shown)
    call.runs("set_alert_info", ring).runs("language", code).is_bridged_to(DEVICE)
    assert not call.is_carried_through().heard


@pytest.mark.parametrize("rung", [Rung.NO_ANSWER, Rung.BUSY, Rung.REJECTED])
def test_who_does_not_take_the_call(dial: Phone, rung: Rung) -> None:
    """When nobody presses 1, the caller hears the account's own language again, and a beep."""
    call = dial("whisper", called="6058", rung=rung).runs("language", "en-sa")
    call.runs("language", "en-us").hears("No one is available right now. Please leave a message.")
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_a_number_without_a_line(dial: Phone) -> None:
    """A number that is no line is rung without an announcement."""
    call = dial("whisper", called="2030").is_bridged_to(DEVICE).is_carried_through()
    assert "Sales" not in str(call)


def test_nobody_at_a_number_without_a_line(dial: Phone) -> None:
    """There, too, a caller whom nobody takes leaves a message."""
    call = dial("whisper", called="2030", rung=Rung.NO_ANSWER)
    call.hears("No one is available right now.").leaves_voicemail("7a6b5c4d").is_carried_through()
