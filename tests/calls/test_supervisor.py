"""supervisor, dialed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pivotctl.switch.events import AnswerReceived, ModuleRan
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

ANN, BOB = "c3d1b5f2e4a6079889706b5c4d3e2f1a", "d4e2c6a3f5b7180990817c6d5e4f3a2b"
SUPERVISORS = "f6a4e8c9d0b1928374655647382910af"
LOGIN = ("100#", "753951#")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INVALID_EXTENSION = "Sorry, that's not a valid extension."
MENU = "To listen in on a call, press 1."
UNAVAILABLE = "Sorry, this service isn't available right now. Please try again later. Goodbye."


@pytest.mark.parametrize(
    ("key", "module", "extension", "agent"),
    [
        ("1", "eavesdrop", "2001", ANN),
        ("2", "intercept", "2002", BOB),
        ("3", "group_pickup", "2001", ANN),
    ],
)
def test_each_choice(dial: Phone, key: str, module: str, extension: str, agent: str) -> None:
    """Supervisors with the right PIN get to the agent's call as they chose."""
    call = dial("supervisor", press=(*LOGIN, key, f"{extension}#"))
    call.hears("supervisor number").hears("PIN").hears(MENU).presses(key)
    call.hears("agent's extension").runs(module, agent).hung_up("caller").is_carried_through()


def test_kazoo_checks_the_phone(dial: Phone) -> None:
    """KAZOO checks that the phone is in the supervisors' group."""
    call = dial("supervisor", press=(*LOGIN, "1", "2001#"))
    last = [event.body for event in call.events if isinstance(event, AnswerReceived)][-1]
    assert json.loads(last)["data"] == {"user_id": ANN, "approved_group_id": SUPERVISORS}


@pytest.mark.parametrize("key", ["1", "2", "3"])
def test_a_call_from_outside(dial: Phone, key: str) -> None:
    """KAZOO turns away callers whose phone is not in the group, whatever their PIN."""
    call = dial("supervisor", press=(*LOGIN, key, "2001#"), world=World(owned=False))
    call.presses("2001#").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]


def test_wrong_pins(dial: Phone) -> None:
    """After three wrong PINs the call ends."""
    call = dial("supervisor", press=("100#", "1#", "2#", "3#")).presses("1#").hears("not correct")
    call.presses("2#").hears("not correct").presses("3#").hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear(MENU).is_carried_through()


def test_an_unknown_supervisor_number(dial: Phone) -> None:
    """An unknown supervisor number sounds the same as a wrong PIN."""
    call = dial("supervisor", press=("999#", "753951#", "753951#", "753951#"))
    call.hears("PIN").hears("not correct").hears("not correct").hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear(MENU).is_carried_through()


def test_the_lock_out(dial: Phone) -> None:
    """Five wrong PINs, in one call or several, lock that number for fifteen minutes."""
    for wrong in (("1#", "2#", "3#"), ("4#", "5#")):
        dial("supervisor", press=("100#", *wrong), at=NOON)
    soon, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=16)

    locked = dial("supervisor", press=LOGIN, at=soon)
    locked.presses("753951#").hears("not correct").does_not_hear(MENU)
    other = dial("supervisor", press=("101#", "864200#"), at=soon)
    other.hears(MENU)
    dial("supervisor", press=LOGIN, at=later).hears(MENU)


@pytest.mark.parametrize("press", [(), ("100#",)])
def test_silence_before_the_pin(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who enter no number or no PIN hear goodbye."""
    call = dial("supervisor", press=press).is_silent().hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear(MENU).is_carried_through()


def test_a_wrong_choice(dial: Phone) -> None:
    """Supervisors who press a wrong key hear the menu again."""
    call = dial("supervisor", press=(*LOGIN, "7", "2", "2001#")).presses("7")
    call.hears(f"Sorry, that's not a valid choice. {MENU}")
    call.presses("2").runs("intercept", ANN).is_carried_through()


def test_no_choice(dial: Phone) -> None:
    """Supervisors who choose nothing three times hear goodbye."""
    call = dial("supervisor", press=LOGIN).hears(MENU).is_silent()
    call.hears(f"Sorry, I didn't get that. {MENU}").is_silent().is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_unknown_extensions(dial: Phone) -> None:
    """Only agents in the Directory can be reached; after three tries the call ends."""
    call = dial("supervisor", press=(*LOGIN, "1", "2999#", "1#"))
    call.presses("2999#").hears(INVALID_EXTENSION).presses("1#").hears(INVALID_EXTENSION)
    call.is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_a_corrected_extension(dial: Phone) -> None:
    """Supervisors who mistype an extension may enter another one."""
    call = dial("supervisor", press=(*LOGIN, "1", "2999#", "2002#")).presses("2999#")
    call.hears(INVALID_EXTENSION).presses("2002#").runs("eavesdrop", BOB)
    call.is_carried_through()


def test_a_call_id_used_again(dial: Phone) -> None:
    """A call with the ID of an expired one is a new call."""
    press, call_id = (*LOGIN, "1", "2001#"), "again@198.51.100.23"
    for at in (NOON, NOON + timedelta(days=1)):
        call = dial("supervisor", at=at, press=press, call_id=call_id)
        call.hears("supervisor number").hears(MENU).runs("eavesdrop", ANN)
        call.is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Without the database, callers hear that the service isn't available."""
    call = dial("supervisor", press=(*LOGIN, "1", "2001#"), settings={table: "no-such-table"})
    call.hears(UNAVAILABLE).hung_up("kazoo")
    call.does_not_hear(MENU).is_caught()
