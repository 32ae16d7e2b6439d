"""directory, dialed: KAZOO's dial-by-name directory, and the front desk after it."""

from dataclasses import replace

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/directory/world.json")
PROMPT = "enter the first few letters"
NO_MATCH = "No match found."
FRONT_DESK, MILLER, MITCHELL = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3"
MAILBOX = "7a6b5c4d3e2f10918273645546372819"


@pytest.mark.parametrize(
    ("keys", "person"), [("645537#", MILLER), ("64824355#", MITCHELL), ("648", MITCHELL)]
)
def test_a_name(dial: Dial, keys: str, person: str) -> None:
    """Callers who spell a name, or enough of it, reach that person."""
    call = dial("directory", press=(keys,))
    call.hears("press 0 twice").hears(PROMPT).presses(keys).is_bridged_to(person)
    call.is_carried_through()


@pytest.mark.parametrize(("choice", "person"), [("1", MILLER), ("2", MITCHELL)])
def test_several_names(dial: Dial, choice: str, person: str) -> None:
    """Callers choose between people whose names begin alike."""
    call = dial("directory", press=("64#", choice, "1"))
    call.presses("64#").hears("For the next one, press 2").presses(choice)
    call.is_bridged_to(person).is_carried_through()


def test_an_unknown_name(dial: Dial) -> None:
    """An unknown name repeats the question."""
    call = dial("directory", press=("999#", "645#"))
    call.presses("999#").hears(NO_MATCH).hears(PROMPT).presses("645#").is_bridged_to(MILLER)
    call.is_carried_through()


def test_leaving_for_the_front_desk(dial: Dial) -> None:
    """Callers who find no one reach the front desk by pressing 0 twice."""
    call = dial("directory", press=("999#", "00#"))
    call.hears(NO_MATCH).presses("00#").hears("front desk").is_bridged_to(FRONT_DESK)
    call.is_carried_through()


def test_an_empty_directory(dial: Dial) -> None:
    """An empty directory leads to the front desk at once."""
    call = dial("directory", world=replace(WORLD, directories={}))
    call.hears(NO_MATCH).is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_person_without_a_callflow(dial: Dial) -> None:
    """A person without a callflow leads to the front desk."""
    call = dial("directory", press=("645#",), world=replace(WORLD, callflows={}))
    call.is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer(dial: Dial, rung: Rung) -> None:
    """Callers leave a message if neither the person nor the front desk answers."""
    call = dial("directory", press=("645#",), rung=rung).presses("645#").hears("front desk")
    call.hears("Please leave a message.").leaves_voicemail(MAILBOX).is_carried_through()


def test_silence(dial: Dial) -> None:
    """KAZOO itself hangs up after three silences."""
    call = dial("directory").is_silent().is_silent().is_silent().hung_up("kazoo")
    call.does_not_hear("Connecting you")
