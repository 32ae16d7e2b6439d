"""twiml_variables, dialled: a choice that KAZOO remembers."""

import pytest

from tests.calls.conftest import Phone

MENU = "For red, press 1. For blue, press 2."


@pytest.mark.parametrize(("key", "color"), [("1", "red"), ("2", "blue")])
def test_a_choice(dial: Phone, key: str, color: str) -> None:
    """What the caller chose comes back with the next request."""
    call = dial("twiml_variables", press=(key,)).hears(MENU).presses(key)
    call.hears(f"You chose {color}. Goodbye.").hung_up("kazoo").is_carried_through()
    assert call.requests[-1].parameters["color"] == color


def test_a_key_that_is_no_choice(dial: Phone) -> None:
    """A wrong key gets the menu again."""
    call = dial("twiml_variables", press=("7", "1")).presses("7").hears(f"no choice. {MENU}")
    call.presses("1").hears("You chose red.").is_carried_through()


def test_silence(dial: Phone) -> None:
    """A caller who presses nothing is bidden goodbye."""
    dial("twiml_variables").hears(MENU).is_silent().hears("Goodbye.").hung_up().is_carried_through()
