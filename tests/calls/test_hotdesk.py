"""hotdesk, dialed."""

from dataclasses import replace

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.world import Hotdesk, World
from tests.calls.conftest import Phone
from tests.functions import ROOT

WORLD = World.load(ROOT / "functions/pivot/hotdesk/world.json")

EFFECTS = {"login": "logs in at", "logout": "logs out of", "toggle": "logs in or out here"}


@pytest.mark.parametrize(
    ("code", "action", "heard"),
    [
        ("*11", "login", "You're now logged in."),
        ("*12", "logout", "You're now logged out."),
        ("*13", "toggle", "You're now logged in."),
    ],
)
def test_a_feature_code(dial: Phone, code: str, action: str, heard: str) -> None:
    """Callers who dial a feature code hear no menu: KAZOO asks for the hotdesk ID and the PIN."""
    call = dial("hotdesk", called=code, press=("100#", "753951")).runs("hotdesk", EFFECTS[action])
    call.hears("Please enter your hotdesk ID").presses("100#").hears(heard).hears("Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize(
    ("key", "action", "heard"),
    [("1", "login", "You're now logged in."), ("2", "logout", "You're now logged out.")],
)
def test_a_key(dial: Phone, key: str, action: str, heard: str) -> None:
    """Each key does what the menu says."""
    call = dial("hotdesk", press=(key, "100#", "753951")).hears("To log in to this phone, press 1.")
    call.presses(key).runs("hotdesk", EFFECTS[action]).hears(heard).hung_up("kazoo")
    call.is_carried_through()


def test_logging_out_without_an_id(dial: Phone) -> None:
    """The only user of a phone logs out without an ID or a PIN."""
    desk = Hotdesk("c3d1b5f2e4a6079889706b5c4d3e2f1a", "753951", logged_in=True)
    call = dial("hotdesk", called="*12", world=replace(WORLD, hotdesks={"100": desk}))
    call.hears("You're now logged out.").does_not_hear("hotdesk ID").is_carried_through()


def test_a_wrong_pin(dial: Phone) -> None:
    """After three wrong PINs the call ends without logging the caller in."""
    call = dial("hotdesk", called="*11", press=("100#", "1#", "2#", "3#")).hears("not correct")
    call.hears("Sorry, you can't log in right now.").hung_up("kazoo").does_not_hear(
        "You're now logged in"
    )
    call.is_carried_through()


def test_a_call_from_outside(dial: Phone) -> None:
    """Callers from outside the account can't log in."""
    outside = replace(WORLD, owned=False)
    call = dial("hotdesk", called="*11", press=("100#", "753951"), world=outside)
    call.hears("Sorry, you can't log in right now.").hung_up("kazoo").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Callers who press a wrong key hear the question again."""
    call = (
        dial("hotdesk", press=("0", "2"))
        .presses("0")
        .hears("not a valid choice. To log in to this phone")
    )
    call.presses("2").runs("hotdesk", EFFECTS["logout"]).is_carried_through()


@pytest.mark.parametrize("press", [(), ("0",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who press nothing, at once or after a wrong key, change nothing."""
    call = dial("hotdesk", press=press).hears("To log in to this phone").is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]
