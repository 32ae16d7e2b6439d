"""menu, dialed: a menu of the account, and the menu of the template."""

from typing import Any

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial
from tests.functions import ROOT

MENU = {"MENU": "d4e2c6a8f0b1938475665748392a1b0c"}
WORLD = World.load(ROOT / "functions/pivot/menu/world.json")
WAYS: list[dict[str, Any]] = [{}, {"settings": MENU, "world": WORLD}]
both_ways = pytest.mark.parametrize("way", WAYS, ids=["template", "account"])

PROMPT = "For sales, press 1. For support, press 2. For our opening hours, press 3."
SORRY = f"Sorry, that's not a valid choice. {PROMPT}"
SALES, SUPPORT = "user b2c0a4e1", "user c3d1b5f2"
FRONT_DESK = SALES


@both_ways
@pytest.mark.parametrize(("key", "target"), [("1", SALES), ("2", SUPPORT)])
def test_being_connected(dial: Dial, way: dict[str, Any], key: str, target: str) -> None:
    """Each key leads to its department."""
    call = dial("menu", press=(key,), **way)
    call.hears(PROMPT).presses(key).is_bridged_to(target).is_carried_through()


@both_ways
def test_the_opening_hours(dial: Dial, way: dict[str, Any]) -> None:
    """A key can lead to an announcement."""
    call = dial("menu", press=("3",), **way)
    call.hears(PROMPT).hears("from 9 AM to 5 PM. Goodbye.").hung_up("kazoo").is_carried_through()


@both_ways
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer(dial: Dial, way: dict[str, Any], rung: Rung) -> None:
    """Callers hear that no one is available when there is no answer."""
    call = dial("menu", press=("2",), rung=rung, **way).presses("2")
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()


@both_ways
def test_silence(dial: Dial, way: dict[str, Any]) -> None:
    """Callers who press nothing are connected to the front desk."""
    call = dial("menu", **way).hears(PROMPT).is_silent()
    call.is_bridged_to(FRONT_DESK).is_carried_through()


@both_ways
def test_a_wrong_key(dial: Dial, way: dict[str, Any]) -> None:
    """A wrong key repeats the question, and only the next key answers it."""
    call = dial("menu", press=("7", "2"), **way)
    call.hears(PROMPT).presses("7").hears(PROMPT).presses("2").is_bridged_to(SUPPORT)
    call.is_carried_through()


def test_wrong_keys_in_a_row(dial: Dial) -> None:
    """The menu of the template apologizes each time it asks again."""
    call = dial("menu", press=("7", "*", "3"))
    for key in ("7", "*"):
        call.presses(key).hears(SORRY)
    call.presses("3").hears("Goodbye.").is_carried_through()


def test_silence_after_a_wrong_key(dial: Dial) -> None:
    """A wrong key is not taken for an answer to the second question."""
    call = dial("menu", press=("7",)).presses("7").hears(SORRY).is_silent()
    call.is_bridged_to(FRONT_DESK).is_carried_through()


def test_the_retries_of_a_menu(dial: Dial) -> None:
    """A menu of the account connects to the front desk after its retries."""
    call = dial("menu", press=("7", "8", "9", "1"), **WAYS[1])
    call.presses("7").presses("8").presses("9").is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_key_during_the_prompt(dial: Dial) -> None:
    """Callers who know the menu need not hear it to the end."""
    call = dial("menu", press_during_prompts=("1",))
    call.hears(PROMPT).is_bridged_to(SALES).is_carried_through()
