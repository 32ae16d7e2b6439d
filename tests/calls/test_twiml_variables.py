"""twiml_variables, dialed: a choice that KAZOO remembers."""

import pytest

from tests.calls.conftest import Phone

MENU = "For red, press 1. For blue, press 2."


@pytest.mark.parametrize(("key", "color"), [("1", "red"), ("2", "blue")])
def test_a_choice(dial: Phone, key: str, color: str) -> None:
    """The choice comes back with the next request."""
    call = dial("twiml_variables", press=(key,)).hears(MENU).presses(key)
    call.hears(f"You chose {color}. Goodbye.").hung_up("kazoo").is_carried_through()
    assert call.requests[-1].parameters["color"] == color


def test_a_wrong_key(dial: Phone) -> None:
    """A wrong key gets an apology and the menu again."""
    call = (
        dial("twiml_variables", press=("7", "1"))
        .presses("7")
        .hears(f"that's not a valid choice. {MENU}")
    )
    call.presses("1").hears("You chose red.").is_carried_through()


def test_silence(dial: Phone) -> None:
    """Callers who press nothing hear a goodbye."""
    dial("twiml_variables").hears(MENU).is_silent().hears("Goodbye.").hung_up().is_carried_through()
