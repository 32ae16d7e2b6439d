"""record_call, dialed: recorded only with consent."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

QUESTION = "To agree, press 1. To continue without a recording, press 2."
MESSAGE = "No one is available right now. Please leave a message."


def test_consent(dial: Phone) -> None:
    """Callers who agree hear so, are connected, and are recorded."""
    call = dial("record_call", press=("1",)).hears(QUESTION).presses("1")
    call.hears("Thank you. This call will be recorded.").runs("record_call", "starts")
    call.is_bridged_to("b2c0a4e1").is_recorded().is_carried_through()


def test_where_the_recording_goes(dial: Phone) -> None:
    """The file goes to the URL of the settings."""
    url = "https://recordings.invalid/calls"
    call = dial("record_call", press=("1",), settings={"RECORDING_URL": url})
    call.is_bridged_to("b2c0a4e1").is_recorded(url)


@pytest.mark.parametrize("press", [("2",), ("7",), ("#",), ()], ids=["2", "7", "pound", "silence"])
def test_no_consent(dial: Phone, press: tuple[str, ...]) -> None:
    """Anything but a clear yes is a no: callers hear so and are connected without a recording."""
    call = (
        dial("record_call", press=press)
        .hears(QUESTION)
        .hears("We'll continue without a recording.")
    )
    call.is_bridged_to("b2c0a4e1").is_carried_through().does_not_hear("Thank you")
    assert "recording starts" not in str(call)
    assert "recording_consent" not in str(call)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer_with_consent(dial: Phone, rung: Rung) -> None:
    """An unanswered call is not recorded, and a message is recorded by the mailbox alone."""
    call = dial("record_call", press=("1",), rung=rung).runs("record_call", "stops").hears(MESSAGE)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()
    assert "recorded as" not in str(call)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer_without_consent(dial: Phone, rung: Rung) -> None:
    """Callers who decline leave a message like others."""
    call = dial("record_call", press=("2",), rung=rung).hears(MESSAGE)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()
