"""caller_list, dialed."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.accounts import SECOND
from tests.calls.conftest import Phone

DESK, MAILBOX = "user b2c0a4e1", "7a6b5c4d3e2f10918273645546372819"
DENIED, ALLOWED, STRANGER = "+14155550166", "+14155550123", "+14155550199"
BLOCKED = "Sorry, calls from your number are blocked. Goodbye."
NO_REASON = "Sorry, this number only accepts calls from certain callers. Goodbye."
ONLY_LISTED = {"OTHERS": "deny"}


@pytest.mark.parametrize("caller", [ALLOWED, STRANGER, "2001"])
def test_a_deny_list(dial: Phone, caller: str) -> None:
    """A deny list lets all callers through but the denied."""
    call = dial("caller_list", caller=caller).is_bridged_to(DESK).hung_up("caller")
    call.is_carried_through()


@pytest.mark.parametrize("form", ["+14155550166", "14155550166", "4155550166", "0014155550166"])
def test_a_denied_caller(dial: Phone, form: str) -> None:
    """Denied callers hear the reason, whatever form their number has."""
    call = dial("caller_list", caller=form).hears(BLOCKED).hung_up("kazoo").is_carried_through()
    assert call.heard == [BLOCKED]


@pytest.mark.parametrize("number", ["anonymous", "Restricted", "0000000000"])
def test_a_hidden_number(dial: Phone, number: str) -> None:
    """All hidden numbers share one entry of the list."""
    call = dial("caller_list", caller=number).hears(
        "Sorry, we don't accept calls from hidden numbers."
    )
    call.hung_up("kazoo").is_carried_through()


def test_an_allow_list(dial: Phone) -> None:
    """An allow list lets only the allowed through."""
    dial("caller_list", caller=ALLOWED, settings=ONLY_LISTED).is_bridged_to(DESK)
    call = dial("caller_list", caller=STRANGER, settings=ONLY_LISTED).hears(NO_REASON)
    call.hung_up("kazoo").is_carried_through()
    dial("caller_list", caller=DENIED, settings=ONLY_LISTED).hears(BLOCKED).hung_up("kazoo")


@pytest.mark.parametrize("others", ["allow", "deny"])
def test_a_rejected_caller(dial: Phone, others: str) -> None:
    """Rejected callers get a SIP code, and the call is not answered."""
    call = dial("caller_list", caller=DENIED, settings={"OTHERS": others, "DENIED": "reject"})
    call.is_refused(603).is_carried_through()
    assert call.heard == []


def test_home(dial: Phone) -> None:
    """Numbers without a country code belong to the home country."""
    dial.put("caller_list", "+442071838750", {"rule": "deny", "reason": "No."})
    call = dial("caller_list", caller="02071838750", settings={"HOME_COUNTRY": "GB"})
    call.hears("No. Goodbye.").is_carried_through()


@pytest.mark.parametrize(
    ("entry", "heard"),
    [
        ({"rule": "deny"}, NO_REASON),
        (
            {"rule": "deny", "reason": "Owes ${system(1)} <b>money</b>."},
            "Owes system 1 b money b .",
        ),
        ({"rule": "alow", "reason": "A typing error."}, "A typing error. Goodbye."),
    ],
)
def test_reasons(dial: Phone, entry: dict[str, str], heard: str) -> None:
    """A reason is made safe to speak, and any rule but `allow` denies."""
    dial.put("caller_list", STRANGER, entry)
    dial("caller_list", caller=STRANGER).hears(heard).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer(dial: Phone, rung: Rung) -> None:
    """Callers leave a message when there is no answer."""
    dial("caller_list", rung=rung).leaves_voicemail(MAILBOX).is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database, a deny list lets all callers through, and an allow list no one."""
    down = {"DIRECTORY_TABLE": "no-such-table"}
    dial("caller_list", caller=DENIED, settings=down).is_bridged_to(DESK).is_caught()
    call = dial("caller_list", caller=ALLOWED, settings=down | ONLY_LISTED).hears(NO_REASON)
    call.hung_up("kazoo").is_caught()


def test_two_accounts(dial: Phone) -> None:
    """A caller is let through in one account, and denied in another."""
    dial("caller_list", caller="+14155550123").is_bridged_to("b2c0a4e1")
    denied = dial("caller_list", caller="+14155550123", account_id=SECOND.account_id)
    denied.hears("only accepts calls from partners").hung_up("kazoo").is_carried_through()
