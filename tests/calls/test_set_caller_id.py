"""set_caller_id, dialled."""

from typing import Any

import pytest

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

DESK = "user b2c0a4e1"


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("+14155550100", "the caller is shown as Acme Sales +14155550199"),
        ("+14155550101", "the caller is shown as Acme Support +14155550101"),
        ("4155550101", "the caller is shown as Acme Support +14155550101"),
    ],
)
def test_by_the_dialled_number(dial: Phone, called: str, shown: str) -> None:
    """Who is rung sees what the table has for the dialled number; what it has not, stays."""
    call = dial("set_caller_id", called=called).runs("set_cid", shown)
    call.is_bridged_to(DESK).hung_up("caller").is_carried_through()


def test_a_number_without_entry(dial: Phone) -> None:
    """A dialled number that is not in the table changes nothing."""
    call = dial("set_caller_id", called="+14155550177").is_bridged_to(DESK).is_carried_through()
    assert not [event for event in call.events if isinstance(event, ModuleRan)]


@pytest.mark.parametrize(
    ("settings", "module", "shown"),
    [
        ({"CALLER_ID": "static"}, "set_cid", "the caller is shown as Acme +14155550100"),
        (
            {"CALLER_ID": "static", "CALLER_ID_NAME": "Ann", "CALLER_ID_NUMBER": "+14155550111"},
            "set_cid",
            "the caller is shown as Ann +14155550111",
        ),
        (
            {"CALLER_ID": "prepend"},
            "prepend_cid",
            "the caller is shown as Acme: Jane Doe +14155550199",
        ),
        (
            {"CALLER_ID": "prepend", "CALLER_ID_PREFIX": "VIP"},
            "prepend_cid",
            "the caller is shown as VIP Jane Doe +14155550199",
        ),
    ],
)
def test_the_other_ways(dial: Phone, settings: dict[str, Any], module: str, shown: str) -> None:
    """A fixed caller ID, or a prefix to the caller's own name, by a setting."""
    call = dial("set_caller_id", settings=settings).runs(module, shown)
    call.is_bridged_to(DESK).hung_up("caller").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
@pytest.mark.parametrize("how", ["table", "static", "prepend"])
def test_nobody_answers(dial: Phone, how: str, rung: Rung) -> None:
    """The caller whom nobody answers is told so."""
    call = dial("set_caller_id", called="+14155550100", settings={"CALLER_ID": how}, rung=rung)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up("kazoo")
    call.is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the table it rings all the same."""
    call = dial("set_caller_id", settings={"DIRECTORY_TABLE": "no-such-table"})
    call.is_bridged_to(DESK).is_carried_through()
