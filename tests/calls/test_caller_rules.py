"""caller_rules, dialed."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

DESK, SUPPORT, WEST = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3"
MAILBOX = "7a6b5c4d3e2f10918273645546372819"
CAMPAIGN = "+14155550100"


@pytest.mark.parametrize("number", ["anonymous", "Anonymous", "0000000000", "restricted"])
def test_a_hidden_number(dial: Phone, number: str) -> None:
    """Callers with a hidden number leave a message."""
    call = dial("caller_rules", caller=number).hears("Please leave a message.")
    call.leaves_voicemail(MAILBOX).is_carried_through()


@pytest.mark.parametrize("number", ["+19005550123", "9005550123", "+14159765550"])
def test_a_pay_per_call_number(dial: Phone, number: str) -> None:
    """Calls from pay-per-call numbers are refused without an answer."""
    call = dial("caller_rules", caller=number).is_refused(603).is_carried_through()
    assert call.heard == []


@pytest.mark.parametrize("name", ["LOTTERY WINNER", "Car Warranty Dept", "the lottery"])
def test_a_name(dial: Phone, name: str) -> None:
    """Callers whose name matches a rule are refused, in upper or lower case."""
    dial("caller_rules", caller_name=name).is_refused(603).is_carried_through()


@pytest.mark.parametrize("caller", ["200", "2001", "20001"])
def test_a_colleague(dial: Phone, caller: str) -> None:
    """Extensions are put through to support."""
    dial("caller_rules", caller=caller).is_bridged_to(SUPPORT).is_carried_through()


@pytest.mark.parametrize(
    ("caller", "called", "callee"),
    [
        ("+14155550199", CAMPAIGN, WEST),
        ("5105550199", CAMPAIGN, WEST),
        ("+14155550199", "+14155550101", DESK),
        ("+12125550199", CAMPAIGN, DESK),
    ],
)
def test_two_patterns(dial: Phone, caller: str, called: str, callee: str) -> None:
    """A rule with two patterns needs both; callers without a matching rule reach the front desk."""
    call = dial("caller_rules", caller=caller, called=called).is_bridged_to(callee)
    call.hung_up("caller").is_carried_through()


@pytest.mark.parametrize("caller", ["2001", "+14155550199", "+12125550199"])
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer(dial: Phone, caller: str, rung: Rung) -> None:
    """Callers hear that no one is available, whichever user was rung."""
    call = dial("caller_rules", caller=caller, called=CAMPAIGN, rung=rung)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()


def test_home(dial: Phone) -> None:
    """Numbers without a country code belong to the home country."""
    for country, callee in (("US", WEST), ("DE", DESK)):
        call = dial(
            "caller_rules",
            caller="04155550199" if country == "DE" else "4155550199",
            called=CAMPAIGN,
            settings={"HOME_COUNTRY": country},
        )
        call.is_bridged_to(callee).is_carried_through()


def test_a_hostile_name(dial: Phone) -> None:
    """A long name made to slow the patterns down does not: its caller reaches the front desk."""
    call = dial("caller_rules", caller_name="lotter" * 40 + "!").is_bridged_to(DESK)
    call.is_carried_through()
