"""set_caller_id, dialed."""

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
def test_by_the_dialed_number(dial: Phone, called: str, shown: str) -> None:
    """The callee sees the table's entry for the dialed number; fields it lacks stay as they are."""
    call = dial("set_caller_id", called=called).runs("set_cid", shown)
    call.is_bridged_to(DESK).hung_up("caller").is_carried_through()


def test_a_number_without_entry(dial: Phone) -> None:
    """A dialed number that is not in the table changes nothing."""
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
def test_without_the_table(dial: Phone, settings: dict[str, Any], module: str, shown: str) -> None:
    """A setting chooses a fixed caller ID, or a prefix to the caller's name."""
    call = dial("set_caller_id", settings=settings).runs(module, shown)
    call.is_bridged_to(DESK).hung_up("caller").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
@pytest.mark.parametrize("mode", ["table", "static", "prepend"])
def test_no_answer(dial: Phone, mode: str, rung: Rung) -> None:
    """Callers hear that no one is available when there is no answer."""
    call = dial("set_caller_id", called="+14155550100", settings={"CALLER_ID": mode}, rung=rung)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up("kazoo")
    call.is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the table, the phone rings all the same."""
    call = dial("set_caller_id", settings={"DIRECTORY_TABLE": "no-such-table"})
    call.is_bridged_to(DESK).is_caught()
