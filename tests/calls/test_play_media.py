"""play_media, dialed."""

from tests.calls.conftest import Phone


def test_a_recording(dial: Phone) -> None:
    """Callers hear the recording, and then KAZOO hangs up."""
    dial("play_media").hears_media("welcome.mp3").hung_up("kazoo").is_carried_through()


def test_a_recording_of_the_account(dial: Phone) -> None:
    """A setting names the recording by its ID."""
    media = "f6a4e8c5b7d93a0ebca39e8f70615a4d"
    call = dial("play_media", settings={"MEDIA": media})
    call.hears_media(media).hung_up("kazoo").is_carried_through()


def test_a_key_ends_the_recording(dial: Phone) -> None:
    """Callers who have heard enough can press a key."""
    call = dial("play_media", press_during_prompts=("5",)).hears_media("welcome.mp3")
    call.hung_up("kazoo").is_carried_through()
    assert "interrupted by 5" in str(call)
