"""presence, dialled: the caller's key, or always the same state."""

import pytest

from tests.calls.conftest import Phone

MENU = "For idle, press 1. For ringing, press 2. For busy, press 3."
STATES = [("1", "idle"), ("2", "ringing"), ("3", "busy")]


@pytest.mark.parametrize(("key", "state"), STATES)
def test_the_callers_key(dial: Phone, key: str, state: str) -> None:
    """Each key sets its state, and the caller hears which."""
    call = dial("presence", press=(key,)).hears(MENU).presses(key)
    call.runs("manual_presence", f"reception as {state}").hears(f"The lamp is {state} now.")
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("key", ["4", "*"])
def test_a_wrong_key(dial: Phone, key: str) -> None:
    """A key that is no choice gets the question again, which only the next key answers."""
    call = dial("presence", press=(key, "2")).presses(key).hears(f"no choice. {MENU}")
    call.presses("2").runs("manual_presence", "ringing").is_carried_through()


@pytest.mark.parametrize("press", [(), ("#",), ("7",)], ids=["nothing", "pound", "wrong"])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """A caller who chooses nothing changes nothing."""
    call = dial("presence", press=press).hears(MENU).hears("Nothing was changed. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert "manual_presence" not in str(call)


@pytest.mark.parametrize("state", ["idle", "ringing", "busy"])
def test_always_the_same(dial: Phone, state: str) -> None:
    """With a fixed state nobody is asked, and one request is enough."""
    settings = {"PRESENCE_STATUS": state, "PRESENCE_ID": "2001@acme.example"}
    call = dial("presence", settings=settings).runs("manual_presence", "2001@acme.example")
    call.hears(f"The lamp is {state} now. Goodbye.").hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1
