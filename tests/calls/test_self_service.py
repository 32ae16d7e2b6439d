"""self_service, dialled."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone
from tests.functions import ROOT

ASKS = "For call forwarding, press 1."


@pytest.mark.parametrize(
    ("key", "module"), [("1", "call_forward"), ("2", "do_not_disturb")], ids=["forward", "dnd"]
)
def test_what_comes_back(dial: Phone, key: str, module: str) -> None:
    """KAZOO toggles once, and the question follows; with silence the call ends."""
    call = dial("self_service", press=(key,)).hears(ASKS).presses(key).runs(module, "toggle")
    call.hears(ASKS).is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()
    assert len([event for event in call.events if isinstance(event, ModuleRan)]) == 1


def test_several_things_in_one_call(dial: Phone) -> None:
    """A caller does one thing after the other, and ends with one that does not come back."""
    press = ("1", "2", "1", "3", "100#", "753951")
    call = dial("self_service", press=press).hears("Your calls are now forwarded to")
    call.hears("Do not disturb is on.").hears("Your calls are not forwarded any more.")
    call.hears("You are logged in.").hung_up("kazoo").is_carried_through()


def test_a_call_from_outside(dial: Phone) -> None:
    """A phone that is none of the account's hears that nothing can be switched, and the end."""
    world = World.load(ROOT / "functions/pivot/self_service/world.json")
    call = dial("self_service", press=("2",), world=replace(world, owned=False)).presses("2")
    call.hears("Do not disturb is not available.").hung_up("kazoo").is_carried_through()


def test_the_page(dial: Phone) -> None:
    """Key 4 pages the office."""
    call = dial("self_service", press=("4",)).presses("4").hears("Please speak.")
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
def test_nobody_is_reached(dial: Phone, key: str, rung: Rung) -> None:
    """The caller is told when nobody could be paged, or nobody is at the front desk."""
    call = dial("self_service", press=(key,), rung=rung).presses(key)
    call.hears("Nobody could be reached. Goodbye.").hung_up("kazoo").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """A key that means nothing brings the question again."""
    call = dial("self_service", press=("9", "2")).presses("9").hears(ASKS).presses("2")
    call.runs("do_not_disturb").is_carried_through()


def test_silence(dial: Phone) -> None:
    """Nothing is done for who presses nothing."""
    call = dial("self_service").hears(ASKS).is_silent().hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
