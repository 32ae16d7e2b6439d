"""dynamic_cid, dialed: KAZOO's four ways to another caller ID."""

import json
from typing import Any

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

NUMBER = "+14155550123"
DIALED = "*774155550123"
LIST = "1f2e3d4c5b6a79880716253443526170"
WORLD = {
    "captured": "014155550123",
    "lists": {LIST: {"01": "Acme Sales +14155550101"}},
    "extensions": {"4155550123": "any"},
    "callflows": {"any": {"module": "offnet", "data": {"to_did": NUMBER}, "children": {}}},
}


@pytest.mark.parametrize(
    ("settings", "press", "shown"),
    [
        ({}, "4155550100", "the caller is Jane Doe 4155550100"),
        ({}, "2125550100", "the caller is Jane Doe +14155550199"),
        ({}, "", "the caller is Jane Doe +14155550199"),
        ({"OWN_NUMBERS": "^212"}, "2125550100", "the caller is Jane Doe 2125550100"),
        ({"ACTION": "static"}, "", "the caller is Acme +14155550100"),
    ],
)
def test_an_allowed_number(dial: Phone, settings: Any, press: str, shown: str) -> None:
    """The number behind the code is dialed, and the caller ID is an allowed one."""
    call = dial("dynamic_cid", settings=settings, called=DIALED, press=(press,))
    call.runs("dynamic_cid", shown).is_bridged_to(NUMBER).hung_up("caller").is_carried_through()


@pytest.mark.parametrize("action", ["list", "lists"])
def test_a_list(dial: Phone, action: str) -> None:
    """KAZOO finds the caller ID in the account's list, and dials by the number's own callflow."""
    settings = {"ACTION": action}
    world = World.of(WORLD)
    call = dial("dynamic_cid", settings=settings, called="*77014155550123", world=world)
    call.runs("dynamic_cid", "the caller is Acme Sales +14155550101").is_bridged_to(NUMBER)
    assert json.loads(call.answers[0].body)["data"] == {"action": action, "id": LIST}


@pytest.mark.parametrize("number", ["911", "19005550123", "442079460123", "", "2030"])
@pytest.mark.parametrize("action", ["manual", "static"])
def test_a_number_that_is_refused(dial: Phone, action: str, number: str) -> None:
    """No carrier gets a number that the policy refuses."""
    call = dial("dynamic_cid", settings={"ACTION": action}, called=f"*77{number}")
    call.hears("Sorry, that number can't be dialed from here. Goodbye.").hung_up("kazoo")


@pytest.mark.parametrize(
    ("rung", "text"), [(Rung.BUSY, "The line is busy."), (Rung.NO_ANSWER, "There was no answer.")]
)
def test_no_connection(dial: Phone, rung: Rung, text: str) -> None:
    """Callers hear why there is no connection."""
    call = dial("dynamic_cid", called=DIALED, press=("4155550100",), rung=rung)
    call.hears(f"{text} Goodbye.").hung_up("kazoo").is_carried_through()
