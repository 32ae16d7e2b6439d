"""call_forward, dialed."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.world import Forwarding, World
from tests.calls.conftest import Phone
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/call_forward/world.json")
IN_USE = replace(WORLD, forwarding=Forwarding(enabled=True, number="4155550123"))
QUESTION = "To turn on call forwarding, press 1."
ENTER = "Please enter the number"
FORWARDED_TO = "Your calls are now forwarded to"
SAVED = "Your number has been saved."
STOPPED = "Your calls are no longer forwarded."


@pytest.mark.parametrize(
    ("code", "action", "heard"),
    [
        ("*72", "activate", [ENTER, SAVED, FORWARDED_TO, "4 1 5 5 5 5 0 1 2 3"]),
        ("*73", "deactivate", [STOPPED]),
        ("*56", "update", [ENTER, SAVED]),
    ],
)
def test_a_feature_code(dial: Phone, code: str, action: str, heard: list[str]) -> None:
    """Callers who dial a feature code hear no menu: KAZOO does what the code stands for."""
    call = dial("call_forward", called=code, press=("4155550123#",)).runs("call_forward", action)
    for text in heard:
        call.hears(text)
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize(
    ("key", "action", "heard"),
    [
        ("1", "activate", FORWARDED_TO),
        ("2", "deactivate", STOPPED),
        ("3", "update", SAVED),
    ],
)
def test_a_key(dial: Phone, key: str, action: str, heard: str) -> None:
    """Each key does what the menu says."""
    call = dial("call_forward", press=(key, "4155550123#")).hears(QUESTION).presses(key)
    call.runs("call_forward", action).hears(heard).hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()


@pytest.mark.parametrize(("world", "state"), [(WORLD, "off"), (IN_USE, "on")])
def test_the_current_setting(dial: Phone, world: World, state: str) -> None:
    """Key 4 leads to KAZOO's menu, which says whether forwarding is on."""
    call = dial("call_forward", press=("4",), world=world).presses("4")
    call.runs("call_forward", "menu").hears(f"Call forwarding is {state}.").hung_up("caller")
    call.is_carried_through()


def test_no_number(dial: Phone) -> None:
    """Callers who enter no number stay in KAZOO's menu until they hang up."""
    call = dial("call_forward", called="*72").hears(ENTER).is_silent().hung_up("caller")
    call.does_not_hear(FORWARDED_TO).is_carried_through()


def test_a_call_from_outside(dial: Phone) -> None:
    """Callers from outside the account hear that forwarding isn't available."""
    call = dial("call_forward", press=("1",), world=replace(WORLD, owned=False)).presses("1")
    call.hears("Sorry, call forwarding isn't available.").hung_up("kazoo").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Callers who press a wrong key hear the question again."""
    call = (
        dial("call_forward", press=("9", "2")).presses("9").hears(f"not a valid choice. {QUESTION}")
    )
    call.presses("2").runs("call_forward", "deactivate").is_carried_through()


@pytest.mark.parametrize("press", [(), ("9",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who press nothing, at once or after a wrong key, change nothing."""
    call = dial("call_forward", press=press).hears(QUESTION).is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
