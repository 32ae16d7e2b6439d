"""do_not_disturb, dialed."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.world import World
from tests.calls.conftest import Phone
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/do_not_disturb/world.json")
RECEPTION = "e5f30718293a4b5c6d7e8f90a1b2c3d4"
QUESTION = "To turn on do not disturb, press 1. To turn it off, press 2."


@pytest.mark.parametrize(
    ("code", "action", "state"),
    [("*78", "activate", "on"), ("*79", "deactivate", "off"), ("*76", "toggle", "on")],
)
def test_a_feature_code(dial: Phone, code: str, action: str, state: str) -> None:
    """Callers who dial a feature code hear no menu: KAZOO does what the code stands for."""
    call = dial("do_not_disturb", called=code).runs("do_not_disturb", action)
    call.hears(f"Do not disturb is {state}.").hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize(("key", "action"), [("1", "activate"), ("2", "deactivate")])
def test_a_key(dial: Phone, key: str, action: str) -> None:
    """Each key does what the menu says."""
    call = dial("do_not_disturb", press=(key,)).hears(QUESTION)
    call.presses(key).runs("do_not_disturb", action).hears("Goodbye.").is_carried_through()


@pytest.mark.parametrize(("setting", "phone"), [("", None), (RECEPTION, RECEPTION)])
def test_the_phone_that_is_set(dial: Phone, setting: str, phone: str | None) -> None:
    """The caller's own phone is changed, or the one in `DND_ID`."""
    call = dial("do_not_disturb", called="*78", settings={"DND_ID": setting})
    (action,) = [event for event in call.events if isinstance(event, ModuleRan)]
    assert action.data.get("id") == phone


def test_a_call_from_outside(dial: Phone) -> None:
    """Callers from outside the account can change only the phone in `DND_ID`."""
    outside = replace(WORLD, owned=False)
    call = dial("do_not_disturb", called="*78", world=outside)
    call.hears("Sorry, do not disturb isn't available.").hung_up("kazoo").is_carried_through()
    call = dial("do_not_disturb", called="*78", world=outside, settings={"DND_ID": RECEPTION})
    call.hears("Do not disturb is on.").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Callers who press a wrong key hear the question again."""
    call = dial("do_not_disturb", press=("5", "1")).presses("5")
    call.hears(f"not a valid choice. {QUESTION}").presses("1").runs(
        "do_not_disturb", "activate"
    ).is_carried_through()


@pytest.mark.parametrize("press", [(), ("5",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who press nothing, at once or after a wrong key, change nothing."""
    call = dial("do_not_disturb", press=press).hears(QUESTION).is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
