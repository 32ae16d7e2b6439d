"""pin_gate, dialled: PINs, tries, and a lock-out that outlives the call."""

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
    "call again later",
)
ACCOUNT = "c" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def wrong(dial: Dial, times: int, **call: Any) -> Dialogue:
    """A call with *times* wrong PINs."""
    keys = tuple(f"{number}000#" for number in range(1, times + 1))
    return dial("pin_gate", press=keys, **{"account_id": ACCOUNT, **call})


def right(dial: Dial, **call: Any) -> Dialogue:
    """A call with the right PIN."""
    return dial("pin_gate", press=("482915#",), **{"account_id": ACCOUNT, **call})


@pytest.mark.parametrize("pin", ["482915#", "482915"])
def test_a_right_pin(dial: Dial, pin: str) -> None:
    """The gate's PIN opens it, with or without a pound."""
    call = dial("pin_gate", press=(pin,)).hears("enter your PIN").presses(pin)
    call.hears("Thank you.").hears(WELCOME).is_bridged_to("group e5f3d7b4").is_carried_through()


def test_a_right_pin_after_wrong_ones(dial: Dial) -> None:
    """A wrong PIN, and silence, may be mended."""
    call = dial("pin_gate", press=("1#", "", "482915#"))
    call.presses("1#").hears(SORRY).is_silent().hears(SORRY).presses("482915#").hears(WELCOME)
    call.is_carried_through()


def test_three_wrong_pins(dial: Dial) -> None:
    """After three wrong PINs the call ends."""
    call = wrong(dial, 4).presses("3000#").hears(CLOSED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(WELCOME)


def test_silence(dial: Dial) -> None:
    """Who says nothing is bidden goodbye."""
    call = dial("pin_gate").is_silent().is_silent().is_silent().hears(CLOSED).hung_up("kazoo")
    call.is_carried_through()


def test_a_lock_out(dial: Dial) -> None:
    """After five wrong PINs in two calls the right one does not help, and sounds wrong."""
    wrong(dial, 3)
    wrong(dial, 2)
    right(dial).presses("482915#").hears(SORRY).does_not_hear(WELCOME)


def test_a_lock_out_is_the_callers_own(dial: Dial) -> None:
    """Others are let in while one caller is locked out."""
    wrong(dial, 3)
    wrong(dial, 2)
    right(dial, caller="+14155550107").hears(WELCOME)


def test_a_lock_out_ends(dial: Dial) -> None:
    """After fifteen minutes there are new tries."""
    wrong(dial, 3, at=NOON)
    wrong(dial, 2, at=NOON + timedelta(minutes=1))
    right(dial, at=NOON + timedelta(minutes=14)).does_not_hear(WELCOME)
    right(dial, at=NOON + timedelta(minutes=32)).hears(WELCOME)


def test_a_right_pin_gives_back_the_tries(dial: Dial) -> None:
    """Who has opened the gate begins anew with mistakes."""
    wrong(dial, 2)
    right(dial).hears(WELCOME)
    wrong(dial, 3)
    right(dial).hears(WELCOME)


def test_forged_numbers_do_not_help(dial: Dial) -> None:
    """All callers together have a limit, too."""
    for number in range(17):
        wrong(dial, 3, caller=f"+141555501{number:02}")
    right(dial, caller="+14155550199").does_not_hear(WELCOME)


def test_a_gate_that_is_not_there(dial: Dial) -> None:
    """No PIN opens a gate that nobody has set up."""
    call = right(dial, settings={"GATE": "nowhere"})
    call.hears(SORRY).hears(CLOSED).does_not_hear(WELCOME).is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers_behind_the_gate(dial: Dial, rung: Rung) -> None:
    """When the callflow has ended without an answer, the caller hears a goodbye."""
    right(dial, rung=rung).hears(WELCOME).hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_a_callflow_that_is_not_there(dial: Dial) -> None:
    """A wrong id of the callflow ends the call politely."""
    right(dial, world=World()).hears("Thank you.").hears("Goodbye.").is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Dial, table: str) -> None:
    """Without the database nobody is let through."""
    call = right(dial, settings={table: "gone"})
    call.hears(CLOSED).hung_up("kazoo").is_carried_through()
