"""presence, dialed: the caller's key, or always the same state."""

import pytest

from tests.calls.conftest import Phone

MENU = "For idle, press 1. For ringing, press 2. For busy, press 3."
STATES = [("1", "idle"), ("2", "ringing"), ("3", "busy")]


@pytest.mark.parametrize(("key", "state"), STATES)
def test_a_key(dial: Phone, key: str, state: str) -> None:
    """Each key sets a state, and the caller hears which."""
    call = dial("presence", press=(key,)).hears(MENU).presses(key)
    call.runs("manual_presence", f"reception as {state}").hears(f"The lamp now shows {state}.")
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("key", ["4", "*"])
def test_a_wrong_key(dial: Phone, key: str) -> None:
    """A wrong key repeats the question, and only the next key answers it."""
    call = (
        dial("presence", press=(key, "2"))
        .presses(key)
        .hears(f"Sorry, that's not a valid choice. {MENU}")
    )
    call.presses("2").runs("manual_presence", "ringing").is_carried_through()


@pytest.mark.parametrize("press", [(), ("#",), ("7",)], ids=["nothing", "pound", "wrong"])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who choose nothing change nothing."""
    call = dial("presence", press=press).hears(MENU).hears("Nothing was changed. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert "manual_presence" not in str(call)


@pytest.mark.parametrize("state", ["idle", "ringing", "busy"])
def test_always_the_same(dial: Phone, state: str) -> None:
    """A fixed state is set without a question, in one request."""
    settings = {"PRESENCE_STATUS": state, "PRESENCE_ID": "2001@acme.example"}
    call = dial("presence", settings=settings).runs("manual_presence", "2001@acme.example")
    call.hears(f"The lamp now shows {state}. Goodbye.").hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1
