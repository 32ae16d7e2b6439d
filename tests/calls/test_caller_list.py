"""caller_list, dialled."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

DESK, BOX = "user b2c0a4e1", "7a6b5c4d3e2f10918273645546372819"
DENIED, ALLOWED, STRANGER = "+14155550166", "+14155550123", "+14155550199"
BLOCKED = "Your number is blocked after nuisance calls. Goodbye."
CERTAIN = "This number takes calls from certain callers only. Goodbye."
ONLY_LISTED = {"OTHERS": "deny"}


@pytest.mark.parametrize("caller", [ALLOWED, STRANGER, "2001"])
def test_a_deny_list(dial: Phone, caller: str) -> None:
    """With a deny list everybody gets through who is not denied."""
    call = dial("caller_list", caller=caller).is_bridged_to(DESK).hung_up("caller")
    call.is_carried_through()


@pytest.mark.parametrize("form", ["+14155550166", "14155550166", "4155550166", "0014155550166"])
def test_a_denied_caller(dial: Phone, form: str) -> None:
    """A denied caller hears why, in whichever form the number comes."""
    call = dial("caller_list", caller=form).hears(BLOCKED).hung_up("kazoo").is_carried_through()
    assert call.heard == [BLOCKED]


@pytest.mark.parametrize("number", ["anonymous", "Restricted", "0000000000"])
def test_a_withheld_number(dial: Phone, number: str) -> None:
    """All withheld numbers are one entry of the list."""
    call = dial("caller_list", caller=number).hears("We take no calls from withheld numbers.")
    call.hung_up("kazoo").is_carried_through()


def test_an_allow_list(dial: Phone) -> None:
    """With an allow list only those get through who are allowed."""
    dial("caller_list", caller=ALLOWED, settings=ONLY_LISTED).is_bridged_to(DESK)
    call = dial("caller_list", caller=STRANGER, settings=ONLY_LISTED).hears(CERTAIN)
    call.hung_up("kazoo").is_carried_through()
    dial("caller_list", caller=DENIED, settings=ONLY_LISTED).hears(BLOCKED).hung_up("kazoo")


@pytest.mark.parametrize("others", ["allow", "deny"])
def test_a_rejected_caller(dial: Phone, others: str) -> None:
    """Who is rejected gets a SIP code, and the call is not answered."""
    call = dial("caller_list", caller=DENIED, settings={"OTHERS": others, "DENIED": "reject"})
    call.is_refused(603).is_carried_through()
    assert call.heard == []


def test_home(dial: Phone) -> None:
    """Numbers without a country are read as people of the home country write them."""
    dial.put("caller_list", "+442071838750", {"rule": "deny", "reason": "No."})
    call = dial("caller_list", caller="02071838750", settings={"HOME_COUNTRY": "44"})
    call.hears("No. Goodbye.").is_carried_through()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"rule": "deny"}, CERTAIN),
        (
            {"rule": "deny", "reason": "Owes ${system(1)} <b>money</b>."},
            "Owes system 1 b money b .",
        ),
        ({"rule": "alow", "reason": "A typing error."}, "A typing error. Goodbye."),
    ],
)
def test_what_the_list_says(dial: Phone, entry: dict[str, str], said: str) -> None:
    """A reason is made safe to speak, and whatever is not allowed is denied."""
    dial.put("caller_list", STRANGER, entry)
    dial("caller_list", caller=STRANGER).hears(said).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers(dial: Phone, rung: Rung) -> None:
    """The caller whom nobody answers leaves a message."""
    dial("caller_list", rung=rung).leaves_voicemail(BOX).is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the list a deny list lets everybody through, and an allow list nobody."""
    down = {"DIRECTORY_TABLE": "no-such-table"}
    dial("caller_list", caller=DENIED, settings=down).is_bridged_to(DESK).is_carried_through()
    call = dial("caller_list", caller=ALLOWED, settings=down | ONLY_LISTED).hears(CERTAIN)
    call.hung_up("kazoo").is_carried_through()
