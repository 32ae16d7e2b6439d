"""supervisor, dialled."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pivotctl.switch.events import AnswerReceived, ModuleRan
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

ACCOUNT = "a" * 32
ANN, BOB = "c3d1b5f2e4a6079889706b5c4d3e2f1a", "d4e2c6a3f5b7180990817c6d5e4f3a2b"
SUPERVISORS = "f6a4e8c9d0b1928374655647382910af"
INSIDE = ("100#", "753951#")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "module", "extension", "agent"),
    [
        ("1", "eavesdrop", "2001", ANN),
        ("2", "intercept", "2002", BOB),
        ("3", "group_pickup", "2001", ANN),
    ],
)
def test_each_choice(dial: Phone, key: str, module: str, extension: str, agent: str) -> None:
    """A supervisor who knows her PIN gets to the agent's call in the way that she chose."""
    call = dial("supervisor", press=(*INSIDE, key, f"{extension}#"))
    call.hears("supervisor number").hears("PIN").hears("To listen, press 1.").presses(key)
    call.hears("agent's extension").runs(module, agent).hung_up("caller").is_carried_through()


def test_kazoo_checks_the_phone(dial: Phone) -> None:
    """What KAZOO is told to do is only for phones of the supervisors' group."""
    call = dial("supervisor", press=(*INSIDE, "1", "2001#"))
    last = [event.body for event in call.events if isinstance(event, AnswerReceived)][-1]
    assert json.loads(last)["data"] == {"user_id": ANN, "approved_group_id": SUPERVISORS}


@pytest.mark.parametrize("key", ["1", "2", "3"])
def test_a_call_from_outside(dial: Phone, key: str) -> None:
    """Who knows a PIN and calls from no phone of the group is turned away by KAZOO."""
    call = dial("supervisor", press=(*INSIDE, key, "2001#"), world=World(owned=False))
    call.presses("2001#").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]


def test_wrong_pins(dial: Phone) -> None:
    """After three wrong PINs the call is over."""
    call = dial("supervisor", press=("100#", "1#", "2#", "3#")).presses("1#").hears("not right")
    call.presses("2#").hears("not right").presses("3#").hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear("To listen").is_carried_through()


def test_a_number_that_nobody_has(dial: Phone) -> None:
    """Who guesses a supervisor number does not learn that nobody has it."""
    call = dial("supervisor", press=("999#", "753951#", "753951#", "753951#"))
    call.hears("PIN").hears("not right").hears("not right").hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear("To listen").is_carried_through()


def test_the_lock_out(dial: Phone) -> None:
    """Five wrong PINs in whatever calls lock a number for a quarter of an hour, and no other."""
    for wrong in (("1#", "2#", "3#"), ("4#", "5#")):
        dial("supervisor", press=("100#", *wrong), account_id=ACCOUNT, at=NOON)
    soon, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=16)

    locked = dial("supervisor", press=INSIDE, account_id=ACCOUNT, at=soon)
    locked.presses("753951#").hears("not right").does_not_hear("To listen")
    other = dial("supervisor", press=("101#", "864200#"), account_id=ACCOUNT, at=soon)
    other.hears("To listen")
    dial("supervisor", press=INSIDE, account_id=ACCOUNT, at=later).hears("To listen")


@pytest.mark.parametrize("press", [(), ("100#",)])
def test_silence_before_the_pin(dial: Phone, press: tuple[str, ...]) -> None:
    """Who enters no number or no PIN hears goodbye."""
    call = dial("supervisor", press=press).is_silent().hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear("To listen").is_carried_through()


def test_a_wrong_choice(dial: Phone) -> None:
    """A key that means nothing brings the question again."""
    call = dial("supervisor", press=(*INSIDE, "7", "2", "2001#")).presses("7").hears("To listen")
    call.presses("2").runs("intercept", ANN).is_carried_through()


def test_no_choice(dial: Phone) -> None:
    """Who chooses nothing three times hears goodbye."""
    call = dial("supervisor", press=INSIDE).hears("To listen").is_silent().is_silent().is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_an_extension_that_nobody_has(dial: Phone) -> None:
    """Only agents in the Directory can be reached; others may be tried three times."""
    call = dial("supervisor", press=(*INSIDE, "1", "2999#", "1#"))
    call.presses("2999#").hears("nobody has that extension").presses("1#").hears("nobody has")
    call.is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_another_extension(dial: Phone) -> None:
    """Who mistypes the extension may enter another."""
    call = dial("supervisor", press=(*INSIDE, "1", "2999#", "2002#")).presses("2999#")
    call.hears("nobody has that extension").presses("2002#").runs("eavesdrop", BOB)
    call.is_carried_through()


def test_a_call_id_that_comes_again(dial: Phone) -> None:
    """What is left of a call of yesterday with the same id is not gone on with."""
    press, call_id = (*INSIDE, "1", "2001#"), "again@198.51.100.23"
    for at in (NOON, NOON + timedelta(days=1)):
        call = dial("supervisor", at=at, press=press, account_id=ACCOUNT, call_id=call_id)
        call.hears("supervisor number").hears("To listen").runs("eavesdrop", ANN)
        call.is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Without the database nobody gets in: the caller is told so."""
    call = dial("supervisor", press=(*INSIDE, "1", "2001#"), settings={table: "no-such-table"})
    call.hears("Sorry, this is not available right now. Goodbye.").hung_up("kazoo")
    call.does_not_hear("To listen").is_carried_through()
