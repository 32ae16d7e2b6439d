"""do_not_disturb, dialled."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.world import World
from tests.calls.conftest import Phone
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/do_not_disturb/world.json")
RECEPTION = "e5f30718293a4b5c6d7e8f90a1b2c3d4"


@pytest.mark.parametrize(
    ("code", "action", "state"),
    [("*78", "activate", "on"), ("*79", "deactivate", "off"), ("*76", "toggle", "on")],
)
def test_a_feature_code(dial: Phone, code: str, action: str, state: str) -> None:
    """Who dials a feature code is asked nothing: KAZOO does what it stands for."""
    call = dial("do_not_disturb", called=code).runs("do_not_disturb", action)
    call.hears(f"Do not disturb is {state}.").hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize(("key", "action"), [("1", "activate"), ("2", "deactivate")])
def test_a_key(dial: Phone, key: str, action: str) -> None:
    """Each key does what the question says."""
    call = dial("do_not_disturb", press=(key,)).hears("To be left undisturbed, press 1.")
    call.presses(key).runs("do_not_disturb", action).hears("Goodbye.").is_carried_through()


@pytest.mark.parametrize(("setting", "whose"), [("", None), (RECEPTION, RECEPTION)])
def test_whose(dial: Phone, setting: str, whose: str | None) -> None:
    """The caller's own phone is switched, or the one that is set."""
    call = dial("do_not_disturb", called="*78", settings={"DND_ID": setting})
    (switched,) = [event for event in call.events if isinstance(event, ModuleRan)]
    assert switched.data.get("id") == whose


def test_a_call_from_outside(dial: Phone) -> None:
    """A phone that is none of the account's has nothing to switch, unless it is set what."""
    outside = replace(WORLD, owned=False)
    call = dial("do_not_disturb", called="*78", world=outside)
    call.hears("Do not disturb is not available.").hung_up("kazoo").is_carried_through()
    call = dial("do_not_disturb", called="*78", world=outside, settings={"DND_ID": RECEPTION})
    call.hears("Do not disturb is on.").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Who presses a key that is no choice is told so, and asked again."""
    call = (
        dial("do_not_disturb", press=("5", "1"))
        .presses("5")
        .hears("no choice. To be left undisturbed")
    )
    call.presses("1").runs("do_not_disturb", "activate").is_carried_through()


@pytest.mark.parametrize("press", [(), ("5",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Nothing changes for who presses nothing, at once or after a wrong key."""
    call = dial("do_not_disturb", press=press).hears("To be left undisturbed").is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
