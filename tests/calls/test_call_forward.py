"""call_forward, dialled."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.world import Forwarding, World
from tests.calls.conftest import Phone
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/call_forward/world.json")
IN_USE = replace(WORLD, forwarding=Forwarding(enabled=True, number="4155550123"))
QUESTION = "To forward your calls, press 1."
ENTER, NOW_TO = "Please enter the number", "Your calls are now forwarded to"


@pytest.mark.parametrize(
    ("code", "action", "heard"),
    [
        ("*72", "activate", [ENTER, "Saved.", NOW_TO, "4 1 5 5 5 5 0 1 2 3"]),
        ("*73", "deactivate", ["not forwarded any more"]),
        ("*56", "update", [ENTER, "Saved."]),
    ],
)
def test_a_feature_code(dial: Phone, code: str, action: str, heard: list[str]) -> None:
    """Who dials a feature code is not asked which: KAZOO does what it stands for."""
    call = dial("call_forward", called=code, press=("4155550123#",)).runs("call_forward", action)
    for text in heard:
        call.hears(text)
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize(
    ("key", "action", "heard"),
    [
        ("1", "activate", NOW_TO),
        ("2", "deactivate", "not forwarded any more"),
        ("3", "update", "Saved."),
    ],
)
def test_a_key(dial: Phone, key: str, action: str, heard: str) -> None:
    """Each key does what the question says."""
    call = dial("call_forward", press=(key, "4155550123#")).hears(QUESTION).presses(key)
    call.runs("call_forward", action).hears(heard).hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()


@pytest.mark.parametrize(("world", "state"), [(WORLD, "off"), (IN_USE, "on")])
def test_what_is_set(dial: Phone, world: World, state: str) -> None:
    """Key 4 tells what is set, in KAZOO's menu, which goes on until the caller hangs up."""
    call = dial("call_forward", press=("4",), world=world).presses("4")
    call.runs("call_forward", "menu").hears(f"Call forwarding is {state}.").hung_up("caller")
    call.is_carried_through()


def test_no_number(dial: Phone) -> None:
    """Who is asked for a number and gives none has to hang up."""
    call = dial("call_forward", called="*72").hears(ENTER).is_silent().hung_up("caller")
    call.does_not_hear(NOW_TO).is_carried_through()


def test_a_call_from_outside(dial: Phone) -> None:
    """A phone that is none of the account's hears that there is nothing to forward."""
    call = dial("call_forward", press=("1",), world=replace(WORLD, owned=False)).presses("1")
    call.hears("Call forwarding is not available.").hung_up("kazoo").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Who presses a key that is no choice is told so, and asked again."""
    call = dial("call_forward", press=("9", "2")).presses("9").hears(f"no choice. {QUESTION}")
    call.presses("2").runs("call_forward", "deactivate").is_carried_through()


@pytest.mark.parametrize("press", [(), ("9",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Nothing changes for who presses nothing, at once or after a wrong key."""
    call = dial("call_forward", press=press).hears(QUESTION).is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
