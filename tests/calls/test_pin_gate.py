"""pin_gate, dialed: PINs, tries, and a lockout that outlives the call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial

WELCOME, SORRY, CLOSED = (
    "Welcome to the team line.",
    "Sorry, that's not correct.",
    "Sorry, we couldn't verify your PIN. Please try again later. Goodbye.",
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def wrong_pins(dial: Dial, times: int, **call: Any) -> Dialogue:
    """A call with *times* wrong PINs."""
    keys = tuple(f"{number}000#" for number in range(1, times + 1))
    return dial("pin_gate", press=keys, **call)


def right_pin(dial: Dial, **call: Any) -> Dialogue:
    """A call with the right PIN."""
    return dial("pin_gate", press=("482915#",), **call)


@pytest.mark.parametrize("pin", ["482915#", "482915"])
def test_a_right_pin(dial: Dial, pin: str) -> None:
    """The gate's PIN opens it, with or without the pound key."""
    call = dial("pin_gate", press=(pin,)).hears("enter your PIN").presses(pin)
    call.hears("Thank you.").hears(WELCOME).is_bridged_to("group e5f3d7b4").is_carried_through()


def test_a_right_pin_after_wrong_ones(dial: Dial) -> None:
    """Callers can try again after a wrong PIN, and after silence."""
    call = dial("pin_gate", press=("1#", "", "482915#"))
    call.presses("1#").hears(SORRY).is_silent().hears(SORRY).presses("482915#").hears(WELCOME)
    call.is_carried_through()


def test_three_wrong_pins(dial: Dial) -> None:
    """After three wrong PINs the call ends."""
    call = wrong_pins(dial, 4).presses("3000#").hears(CLOSED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(WELCOME)


def test_silence(dial: Dial) -> None:
    """Callers who enter nothing are not let through."""
    call = dial("pin_gate").is_silent().is_silent().is_silent().hears(CLOSED).hung_up("kazoo")
    call.is_carried_through()


def test_a_lockout(dial: Dial) -> None:
    """After five wrong PINs in two calls, the right one is answered like a wrong one."""
    wrong_pins(dial, 3)
    wrong_pins(dial, 2)
    right_pin(dial).presses("482915#").hears(SORRY).does_not_hear(WELCOME)


def test_a_lockout_of_one_caller(dial: Dial) -> None:
    """Other callers are let through while one is locked out."""
    wrong_pins(dial, 3)
    wrong_pins(dial, 2)
    right_pin(dial, caller="+14155550107").hears(WELCOME)


def test_a_lockout_ends(dial: Dial) -> None:
    """Callers have new tries after fifteen minutes."""
    wrong_pins(dial, 3, at=NOON)
    wrong_pins(dial, 2, at=NOON + timedelta(minutes=1))
    right_pin(dial, at=NOON + timedelta(minutes=14)).does_not_hear(WELCOME)
    right_pin(dial, at=NOON + timedelta(minutes=32)).hears(WELCOME)


def test_a_right_pin_resets_the_tries(dial: Dial) -> None:
    """The right PIN resets the count of wrong ones from its caller's number."""
    wrong_pins(dial, 2)
    right_pin(dial).hears(WELCOME)
    wrong_pins(dial, 3)
    right_pin(dial).hears(WELCOME)


def test_forged_numbers_do_not_help(dial: Dial) -> None:
    """All callers together have a limit."""
    for number in range(17):
        wrong_pins(dial, 3, caller=f"+141555501{number:02}")
    right_pin(dial, caller="+14155550199").does_not_hear(WELCOME)


def test_right_pins_do_not_help_others(dial: Dial) -> None:
    """The limit for all callers stays, however often others enter the right PIN."""
    for number in range(20):
        wrong_pins(dial, 3, caller=f"+141555501{number:02}")
        right_pin(dial, caller="+14155550142")
    right_pin(dial, caller="+14155550199").does_not_hear(WELCOME)


def test_an_unknown_gate(dial: Dial) -> None:
    """No PIN opens a gate that does not exist."""
    call = right_pin(dial, settings={"GATE": "nowhere"})
    call.hears(SORRY).hears(CLOSED).does_not_hear(WELCOME).is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer_behind_the_gate(dial: Dial, rung: Rung) -> None:
    """Callers hear a goodbye if the callflow ends without an answer."""
    right_pin(dial, rung=rung).hears(WELCOME).hears("Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()


def test_an_unknown_callflow(dial: Dial) -> None:
    """Callers hear a goodbye if the callflow does not exist."""
    right_pin(dial, world=World()).hears("Thank you.").hears("Goodbye.").is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Dial, table: str) -> None:
    """Callers are not let through if the database is down."""
    call = right_pin(dial, settings={table: "gone"})
    call.hears(CLOSED).hung_up("kazoo").is_caught()
