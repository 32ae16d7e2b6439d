"""menu, dialled: the account's own menu and the one that is asked from here."""

from typing import Any

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial
from tests.functions import ROOT

MENU = {"MENU": "d4e2c6a8f0b1938475665748392a1b0c"}
WORLD = World.load(ROOT / "functions/pivot/menu/world.json")
WAYS: list[dict[str, Any]] = [{}, {"settings": MENU, "world": WORLD}]
both_ways = pytest.mark.parametrize("way", WAYS, ids=["ours", "kazoo"])

PROMPT = "For sales, press 1. For support, press 2. For our opening hours, press 3."
SALES, SUPPORT = "user b2c0a4e1", "user c3d1b5f2"


@both_ways
@pytest.mark.parametrize(("key", "target"), [("1", SALES), ("2", SUPPORT)])
def test_being_connected(dial: Dial, way: dict[str, Any], key: str, target: str) -> None:
    """Each key leads to its department, whoever asks for it."""
    call = dial("menu", press=(key,), **way)
    call.hears(PROMPT).presses(key).is_bridged_to(target).is_carried_through()


@both_ways
def test_the_opening_hours(dial: Dial, way: dict[str, Any]) -> None:
    """A key may lead to an announcement."""
    call = dial("menu", press=("3",), **way)
    call.hears(PROMPT).hears("from 9 to 5. Goodbye.").hung_up("kazoo").is_carried_through()


@both_ways
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_is_free(dial: Dial, way: dict[str, Any], rung: Rung) -> None:
    """A caller whom nobody answers is told so."""
    call = dial("menu", press=("2",), rung=rung, **way).presses("2")
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()


@both_ways
def test_silence(dial: Dial, way: dict[str, Any]) -> None:
    """Who presses nothing is connected to the front desk."""
    call = dial("menu", **way).hears(PROMPT).is_silent()
    call.is_bridged_to(SALES).is_carried_through()


@both_ways
def test_a_wrong_key(dial: Dial, way: dict[str, Any]) -> None:
    """A wrong key is asked for again, and the next one is judged by itself."""
    call = dial("menu", press=("7", "2"), **way)
    call.hears(PROMPT).presses("7").hears(PROMPT).presses("2").is_bridged_to(SUPPORT)
    call.is_carried_through()


def test_a_wrong_key_is_said_to_be_one(dial: Dial) -> None:
    """Our own menu says why it asks again, also twice."""
    call = dial("menu", press=("7", "*", "3"))
    for key in ("7", "*"):
        call.presses(key).hears(f"Sorry, that's not a valid choice. {PROMPT}")
    call.presses("3").hears("Goodbye.").is_carried_through()


def test_silence_after_a_wrong_key(dial: Dial) -> None:
    """A key that was pressed before is not taken for an answer to the second question."""
    call = dial("menu", press=("7",)).presses("7").hears("Sorry").is_silent()
    call.is_bridged_to(SALES).is_carried_through()


def test_the_retries_of_a_menu(dial: Dial) -> None:
    """KAZOO's menu connects to the front desk when its retries are used up."""
    call = dial("menu", press=("7", "8", "9", "1"), **WAYS[1])
    call.presses("7").presses("8").presses("9").is_bridged_to(SALES).is_carried_through()


def test_a_key_during_the_prompt(dial: Dial) -> None:
    """Who knows the menu need not hear it to its end."""
    call = dial("menu", press_during_prompts=("1",))
    call.hears(PROMPT).is_bridged_to(SALES).is_carried_through()
