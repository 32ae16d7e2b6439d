"""play_media, dialled."""

from tests.calls.conftest import Phone


def test_a_recording(dial: Phone) -> None:
    """The caller hears the recording, and then nothing more."""
    dial("play_media").hears_media("welcome.mp3").hung_up("kazoo").is_carried_through()


def test_a_recording_of_the_account(dial: Phone) -> None:
    """The recording is that of the settings, by its id."""
    media = "f6a4e8c5b7d93a0ebca39e8f70615a4d"
    call = dial("play_media", settings={"MEDIA": media})
    call.hears_media(media).hung_up("kazoo").is_carried_through()


def test_a_key_ends_the_recording(dial: Phone) -> None:
    """A caller who has heard enough may press a key."""
    call = dial("play_media", press_during_prompts=("5",)).hears_media("welcome.mp3")
    call.hung_up("kazoo").is_carried_through()
    assert "interrupted by 5" in str(call)
