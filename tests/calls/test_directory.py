"""directory, dialled: KAZOO's dial by name, and what stands behind it."""

from dataclasses import replace

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/directory/world.json")
ASKED = "enter the first few letters"
NO_ONE = "No match found."
FRONT_DESK, MILLER, MITCHELL = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3"
MAILBOX = "7a6b5c4d3e2f10918273645546372819"


@pytest.mark.parametrize(
    ("keys", "person"), [("645537#", MILLER), ("64824355#", MITCHELL), ("648", MITCHELL)]
)
def test_a_name(dial: Dial, keys: str, person: str) -> None:
    """Who spells a name, or enough of it, talks to that person."""
    call = dial("directory", press=(keys,))
    call.hears("press 0 twice").hears(ASKED).presses(keys).is_bridged_to(person)
    call.is_carried_through()


@pytest.mark.parametrize(("choice", "person"), [("1", MILLER), ("2", MITCHELL)])
def test_several_names(dial: Dial, choice: str, person: str) -> None:
    """Of several people whose names begin alike the caller takes one."""
    call = dial("directory", press=("64#", choice, "1"))
    call.presses("64#").hears("For the next one, press 2").presses(choice)
    call.is_bridged_to(person).is_carried_through()


def test_a_name_that_nobody_has(dial: Dial) -> None:
    """A name that nobody has is asked for again."""
    call = dial("directory", press=("999#", "645#"))
    call.presses("999#").hears(NO_ONE).hears(ASKED).presses("645#").is_bridged_to(MILLER)
    call.is_carried_through()


def test_leaving_for_the_front_desk(dial: Dial) -> None:
    """Who finds nobody gets help by pressing 0 twice."""
    call = dial("directory", press=("999#", "00#"))
    call.hears(NO_ONE).presses("00#").hears("front desk").is_bridged_to(FRONT_DESK)
    call.is_carried_through()


def test_an_empty_directory(dial: Dial) -> None:
    """A directory without people leads to the front desk at once."""
    call = dial("directory", world=replace(WORLD, directories={}))
    call.hears(NO_ONE).is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_person_without_a_callflow(dial: Dial) -> None:
    """A person who cannot be called is as good as nobody."""
    call = dial("directory", press=("645#",), world=replace(WORLD, callflows={}))
    call.is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_is_free(dial: Dial, rung: Rung) -> None:
    """If neither the person nor the front desk answers, the caller leaves a message."""
    call = dial("directory", press=("645#",), rung=rung).presses("645#").hears("front desk")
    call.hears("Please leave a message.").leaves_voicemail(MAILBOX).is_carried_through()


def test_silence(dial: Dial) -> None:
    """KAZOO itself hangs up after three silences."""
    call = dial("directory").is_silent().is_silent().is_silent().hung_up("kazoo")
    call.does_not_hear("We connect you")
