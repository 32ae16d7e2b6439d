"""self_service, dialed."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone
from tests.functions import ROOT

MENU = "For call forwarding, press 1."


@pytest.mark.parametrize(
    ("key", "module"), [("1", "call_forward"), ("2", "do_not_disturb")], ids=["forward", "dnd"]
)
def test_toggles(dial: Phone, key: str, module: str) -> None:
    """KAZOO toggles once, and the menu follows; silence ends the call."""
    call = dial("self_service", press=(key,)).hears(MENU).presses(key).runs(module, "toggle")
    call.hears(MENU).is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()
    assert len([event for event in call.events if isinstance(event, ModuleRan)]) == 1


def test_several_things_in_one_call(dial: Phone) -> None:
    """Callers can change several settings, then choose something that ends the call."""
    press = ("1", "2", "1", "3", "100#", "753951")
    call = dial("self_service", press=press).hears("Your calls are now forwarded to")
    call.hears("Do not disturb is on.").hears("Your calls are no longer forwarded.")
    call.hears("You're now logged in.").hung_up("kazoo").is_carried_through()


def test_a_call_from_outside(dial: Phone) -> None:
    """Callers from outside the account hear that there is nothing to change."""
    world = World.load(ROOT / "functions/pivot/self_service/world.json")
    call = dial("self_service", press=("2",), world=replace(world, owned=False)).presses("2")
    call.hears("Sorry, do not disturb isn't available.").hung_up("kazoo").is_carried_through()


def test_the_page(dial: Phone) -> None:
    """Key 4 pages the office."""
    call = dial("self_service", press=("4",)).presses("4").hears("Please speak now.")
    call.is_bridged_to("group a7b5c3d1").hung_up("caller").is_carried_through()


def test_another_template(dial: Phone) -> None:
    """Key 5 leads to the number of another template."""
    call = dial("self_service", press=("5",)).presses("5").runs("transfer", "6073")
    call.hears("Please enter your supervisor number").is_carried_through()


def test_the_front_desk(dial: Phone) -> None:
    """Key 0 rings the front desk."""
    call = dial("self_service", press=("0",)).presses("0").is_bridged_to("user b2c0a4e1")
    call.hung_up("caller").is_carried_through()


@pytest.mark.parametrize("key", ["4", "0"])
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_one_is_available(dial: Phone, key: str, rung: Rung) -> None:
    """Callers hear when the page reaches no phone, or the front desk doesn't answer."""
    call = dial("self_service", press=(key,), rung=rung).presses(key)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Callers who press a wrong key hear the menu again."""
    call = dial("self_service", press=("9", "2")).presses("9")
    call.hears(f"Sorry, that's not a valid choice. {MENU}").presses("2")
    call.runs("do_not_disturb").is_carried_through()


def test_silence(dial: Phone) -> None:
    """Callers who press nothing hear goodbye, and change nothing."""
    call = dial("self_service").hears(MENU).is_silent().hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
