"""record_call, dialled: recorded only with consent."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

QUESTION = "To agree, press 1. To go on without a recording, press 2."
WORDS = "No one is available right now. Please leave a message."


def test_consent(dial: Phone) -> None:
    """A caller who agrees is told so, connected and recorded."""
    call = dial("record_call", press=("1",)).hears(QUESTION).presses("1")
    call.hears("Thank you. This call is recorded.").runs("record_call", "starts")
    call.is_bridged_to("b2c0a4e1").is_recorded().is_carried_through()


def test_where_the_recording_goes(dial: Phone) -> None:
    """The file goes to the address of the settings."""
    url = "https://recordings.invalid/calls"
    call = dial("record_call", press=("1",), settings={"RECORDING_URL": url})
    call.is_bridged_to("b2c0a4e1").is_recorded(url)


@pytest.mark.parametrize("press", [("2",), ("7",), ("#",), ()], ids=["2", "7", "pound", "silence"])
def test_no_consent(dial: Phone, press: tuple[str, ...]) -> None:
    """Whatever is no clear yes is a no: the caller is told so and connected, and not recorded."""
    call = dial("record_call", press=press).hears(QUESTION).hears("This call is not recorded.")
    call.is_bridged_to("b2c0a4e1").is_carried_through().does_not_hear("Thank you")
    assert "recording starts" not in str(call)
    assert "recording_consent" not in str(call)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers_a_recorded_call(dial: Phone, rung: Rung) -> None:
    """A call that nobody answers is not recorded, and a message is the mailbox's own recording."""
    call = dial("record_call", press=("1",), rung=rung).runs("record_call", "stops").hears(WORDS)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()
    assert "recorded as" not in str(call)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers_an_unrecorded_call(dial: Phone, rung: Rung) -> None:
    """A caller who said no leaves a message like others."""
    call = dial("record_call", press=("2",), rung=rung).hears(WORDS)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()
