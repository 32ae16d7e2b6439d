"""whisper, dialed: the agent's display, ring, and announcement are set before the phone rings."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

DEVICE = "device d4e2c6a3f5b7189a90817c6d5e4f3a2b"


@pytest.mark.parametrize(
    ("number", "display", "ring", "announcement"),
    [
        ("6058", "Sales Jane Doe", "sales", "en-sa"),
        ("6068", "Support Jane Doe", "support", "en-su"),
    ],
)
def test_a_line(dial: Phone, number: str, display: str, ring: str, announcement: str) -> None:
    """Each line has its own display name, ring, and announcement."""
    call = dial("whisper", called=number).runs("prepend_cid", display)
    call.runs("set_alert_info", ring).runs("language", announcement).is_bridged_to(DEVICE)
    assert not call.is_carried_through().heard


@pytest.mark.parametrize("rung", [Rung.NO_ANSWER, Rung.BUSY, Rung.REJECTED])
def test_the_agent_does_not_take_the_call(dial: Phone, rung: Rung) -> None:
    """When the agent doesn't press 1, callers leave a message in the account's own language."""
    call = dial("whisper", called="6058", rung=rung).runs("language", "en-sa")
    call.runs("language", "en-us").hears("No one is available right now. Please leave a message.")
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_a_number_without_a_line(dial: Phone) -> None:
    """Calls to other numbers ring the agent without an announcement."""
    call = dial("whisper", called="2030").is_bridged_to(DEVICE).is_carried_through()
    assert "Sales" not in str(call)


def test_no_one_is_available_at_a_number_without_a_line(dial: Phone) -> None:
    """Callers to other numbers leave a message when the agent doesn't answer."""
    call = dial("whisper", called="2030", rung=Rung.NO_ANSWER)
    call.hears("No one is available right now.").leaves_voicemail("7a6b5c4d").is_carried_through()
