"""hang_up, dialed: each way to end a call at once."""

import pytest

from tests.calls.conftest import Phone


def test_a_refused_call(dial: Phone) -> None:
    """Calls are refused with 486 and never answered."""
    call = dial("hang_up").is_refused(486, "User Busy").hung_up("kazoo").is_carried_through()
    assert "picks up" not in str(call)


@pytest.mark.parametrize(("code", "cause"), [(404, "Not Found"), (603, "Decline")])
def test_another_code(dial: Phone, code: int, cause: str) -> None:
    """Code and cause come from the settings."""
    call = dial("hang_up", settings={"SIP_CODE": code, "SIP_CAUSE": cause})
    call.is_refused(code, cause).hung_up("kazoo").is_carried_through()


def test_a_recording_before(dial: Phone) -> None:
    """A recording is played before the code without answering the call."""
    call = dial("hang_up", settings={"ENDING": "play", "MEDIA": "sorry-we-moved"})
    call.hears_media("sorry-we-moved").is_refused(486).is_carried_through()
    assert "picks up" not in str(call)


def test_words(dial: Phone) -> None:
    """Callers hear the words of the settings, and KAZOO hangs up."""
    call = dial("hang_up", settings={"ENDING": "say", "WORDS": "We have moved. Goodbye."})
    call.hears("We have moved. Goodbye.").hung_up("kazoo").is_carried_through()
