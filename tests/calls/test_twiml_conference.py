"""twiml_conference, dialed: members wait for the moderator, who has a PIN."""

import pytest

from pivotctl.switch.dialogue import Dialogue
from tests.accounts import FIRST, SECOND
from tests.calls.conftest import Phone

ROOM = f"weekly of {FIRST.account_id}"
WRONG_PIN = "Sorry, that's not correct. Please enter your PIN"


def conference(call: Dialogue) -> str:
    """The document that put the caller into the room."""
    return call.answers[-1].body


def test_a_member(dial: Phone) -> None:
    """Members join, and neither start nor end the conference."""
    call = dial("twiml_conference", press=("1",))
    call.hears("To join, press 1.").hears("wait for the moderator").joins(ROOM).hung_up()
    call.is_carried_through()
    assert 'startConferenceOnEnter="false" endConferenceOnExit="false"' in conference(call)


def test_a_moderator(dial: Phone) -> None:
    """The moderator starts the conference, and ends it by leaving."""
    call = dial("twiml_conference", press=("2", "4321#"))
    call.hears("PIN").presses("4321#").hears("You're joining as the moderator.").joins(ROOM)
    call.is_carried_through()
    assert 'startConferenceOnEnter="true" endConferenceOnExit="true"' in conference(call)


def test_three_wrong_pins(dial: Phone) -> None:
    """Callers who enter three wrong PINs do not get in."""
    call = dial("twiml_conference", press=("2", "1#", "2#", "3#", "4321#"))
    call.hears(WRONG_PIN).hears(WRONG_PIN).hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_five_wrong_pins(dial: Phone) -> None:
    """Five wrong PINs lock a caller out, also in another call."""
    guesses = ("2", "1#", "2#", "3#")
    for _ in range(2):
        dial("twiml_conference", press=guesses)
    call = dial("twiml_conference", press=("2", "4321#"))
    call.hears(WRONG_PIN).does_not_hear("You're joining as the moderator.")


@pytest.mark.parametrize("press", [(), ("9",)], ids=["silence", "another key"])
def test_neither(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who choose neither role do not get in."""
    call = dial("twiml_conference", press=press).hears("Welcome").hears("Goodbye.")
    call.hung_up("kazoo").is_carried_through()


def test_another_account(dial: Phone) -> None:
    """Two accounts with the same room name never share a room."""
    first, second = (
        dial("twiml_conference", press=("1",), account_id=each.account_id)
        for each in (FIRST, SECOND)
    )
    assert conference(first) != conference(second)
