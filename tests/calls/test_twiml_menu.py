"""twiml_menu, dialed: KAZOO runs the TwiML and asks again at the Gather's action."""

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

MENU = "For sales, press 1. For support, press 2."


def test_a_choice(dial: Phone) -> None:
    """Callers are connected to the team they chose."""
    call = dial("twiml_menu", press=("2",)).hears(MENU).presses("2")
    call.is_bridged_to("c3d1b5f2").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """A wrong key gets an apology and the menu again."""
    call = (
        dial("twiml_menu", press=("7", "1"))
        .presses("7")
        .hears(f"that's not a valid choice. {MENU}")
    )
    call.presses("1").is_bridged_to("b2c0a4e1").is_carried_through()


def test_silence(dial: Phone) -> None:
    """Callers who press nothing hear a goodbye."""
    dial("twiml_menu").hears(MENU).is_silent().hears("Goodbye.").hung_up().is_carried_through()


def test_no_one_answers(dial: Phone) -> None:
    """When no one answers, KAZOO ends a call that TwiML controls."""
    call = dial("twiml_menu", press=("1",), rung=Rung.BUSY)
    call.presses("1").hung_up("kazoo").is_carried_through()
