"""account_balance, dialed: a conversation of several requests behind a PIN."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from tests.accounts import FIRST, SECOND
from tests.calls.conftest import Phone

SAME_CALL: Mapping[str, Any] = {"account_id": FIRST.account_id, "call_id": "twice@198.51.100.23"}
BALANCE = "Your balance is 42 dollars and 17 cents. To speak with someone, press 1."
WRONG = "Sorry, that's not correct. Please enter your PIN."


@pytest.mark.parametrize("pin", ["4321", "4321#"])
def test_the_right_pin(dial: Phone, pin: str) -> None:
    """Callers with account number and PIN hear the balance, with or without a final `#`."""
    call = dial("account_balance", press=("1001#", pin))
    call.hears("account number").presses("1001#").hears("PIN").presses(pin).hears(BALANCE)
    call.is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize(
    "options", [{"method": "get"}, {"req_body_format": "json"}], ids=["get", "json"]
)
def test_every_kind_of_request(dial: Phone, options: dict[str, Any]) -> None:
    """The conversation is the same with GET and with a JSON body."""
    dial("account_balance", options, press=("1001#", "4321")).hears(BALANCE).is_carried_through()


def test_being_connected(dial: Phone) -> None:
    """Callers who press 1 are connected to the front desk."""
    call = dial("account_balance", press=("1001#", "4321", "1"))
    call.hears(BALANCE).presses("1").is_bridged_to("b2c0a4e1").is_carried_through()


def test_the_front_desk_is_busy(dial: Phone) -> None:
    """Callers hear that no one is available when the front desk is busy."""
    call = dial("account_balance", press=("1001#", "4321", "1"), rung=Rung.BUSY)
    call.presses("1").hears("No one is available right now. Please try again later. Goodbye.")
    call.hung_up("kazoo")


def test_three_wrong_pins(dial: Phone) -> None:
    """After three wrong PINs the call ends; there is no fourth try."""
    call = dial("account_balance", press=("1001#", "1111", "2222", "3333", "4321"))
    call.hears("PIN").presses("1111").hears(WRONG).presses("2222").hears(WRONG).presses("3333")
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through().does_not_hear("balance")


def test_a_pin_after_a_wrong_one(dial: Phone) -> None:
    """After a wrong PIN the right one is accepted."""
    call = dial("account_balance", press=("1001#", "1111", "4321"))
    call.hears(WRONG).presses("4321").hears(BALANCE).is_carried_through()


def spoken(call: Dialogue) -> list[str]:
    """Everything that the caller hears."""
    return call.is_carried_through().heard


def test_unknown_locked_and_wrong_sound_the_same(dial: Phone) -> None:
    """The prompts don't reveal whether an account exists or is locked."""
    wrong = ("1111", "2222", "3333")
    first = dial("account_balance", press=("1001#", *wrong))
    unknown = dial("account_balance", press=("5555#", *wrong))
    dial("account_balance", press=("1001#", "4444", "5555"))
    locked = dial("account_balance", press=("1001#", "4321", *wrong[1:]))
    assert spoken(first) == spoken(unknown) == spoken(locked)


def test_a_lock_affects_one_account(dial: Phone) -> None:
    """Five wrong PINs lock one account number, not the others."""
    for _ in range(2):
        dial("account_balance", press=("1001#", "1", "2", "3"))
    locked = dial("account_balance", press=("1001#", "4321"))
    locked.does_not_hear("balance")
    other = dial("account_balance", caller="+14155550123", press=("8765",))
    other.hears("PIN").does_not_hear("account number")


def test_silence(dial: Phone) -> None:
    """Callers who press nothing hear goodbye."""
    call = dial("account_balance").hears("account number").is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_one_call_twice(dial: Phone) -> None:
    """A call that comes in again starts over: earlier answers are not reused."""
    for _ in range(2):
        call = dial("account_balance", press=("1001#", "4321"), **SAME_CALL)
        call.hears("account number").hears("PIN").hears(BALANCE).is_carried_through()


def test_one_call_again_after_hours(dial: Phone) -> None:
    """A call's state has expired after seven hours, so the call starts over."""
    morning = datetime(2026, 11, 20, 9, tzinfo=UTC)
    for at in (morning, morning + timedelta(hours=7)):
        call = dial("account_balance", press=("1001#", "4321"), at=at, **SAME_CALL)
        call.hears("account number").hears("PIN").hears(BALANCE).is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Without the call's state or the accounts, callers are connected to the front desk."""
    call = dial("account_balance", settings={table: "no-such-table"}, press=("1001#", "4321"))
    call.is_bridged_to("b2c0a4e1").is_caught().does_not_hear("balance")


def test_two_accounts(dial: Phone) -> None:
    """Accounts have customers of the same number, with PINs and balances of their own."""
    for account, pin, balance in ((FIRST, "4321", "42 dollars"), (SECOND, "1357", "999 dollars")):
        other = {"4321": "1357", "1357": "4321"}[pin]
        own: dict[str, Any] = {"account_id": account.account_id}
        dial("account_balance", press=("1001#", pin), **own).hears(balance)
        dial("account_balance", press=("1001#", other), **own).does_not_hear("dollars")
