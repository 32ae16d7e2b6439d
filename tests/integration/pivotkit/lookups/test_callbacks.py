"""Places in a callback queue, in a real table."""

from collections.abc import Mapping
from typing import Any

import pytest

from pivotkit.calls.call import Call
from pivotkit.lookups.callbacks import Callbacks, Place, we_call
from pivotkit.store.directory import Directory
from tests.accounts import FIRST, SECOND

ANN, BOB = "+14155550123", "+14155550124"


def call(number: str, account_id: str = FIRST.account_id) -> Call:
    """A call from *number*."""
    return Call(account_id, "c1", "kazoo", caller_id_number=number)


@pytest.fixture
def callbacks(tables: Mapping[str, str]) -> Callbacks:
    """An empty callback queue."""
    assert tables
    return Callbacks("q1", "US", hours=1)


def listed(number: str, **fields: Any) -> None:
    """Add an entry to the list."""
    Directory("callback").of(FIRST).put(
        f"q1#{number}", {"number": number, "caller": number, **fields}
    )


def test_the_lowest_ticket_is_next(callbacks: Callbacks) -> None:
    """The order is that of the tickets, whatever the numbers are; each queue has its own."""
    listed(ANN, ticket=10)
    listed(BOB, ticket=9)
    Directory("callback").of(FIRST).put(f"q2#{ANN}", {"number": ANN, "caller": ANN, "ticket": 1})
    assert callbacks.place(call(ANN)) == Place(1, ANN)
    assert callbacks.place(call(BOB)) == Place(0, BOB)
    assert callbacks.place(call("+14155550125")) == Place(2)
    assert callbacks.place(call(ANN, SECOND.account_id)) == Place(0)


def test_whoever_asked_from_two_phones_hears_the_first(callbacks: Callbacks) -> None:
    """Of a caller's several entries, the one to be called first counts."""
    listed(ANN, ticket=2)
    listed(BOB, ticket=1, caller=ANN)
    assert callbacks.place(call(ANN)) == Place(0, BOB)


def test_who_hides_her_number_is_nobody(callbacks: Callbacks) -> None:
    """Two callers who withhold their numbers are not the same caller."""
    listed(ANN, ticket=1, caller="anonymous")
    assert callbacks.place(call("anonymous")) == callbacks.place(call("Restricted")) == Place(1)


def test_an_entry_without_a_ticket_is_first(callbacks: Callbacks) -> None:
    """An entry written by hand, without a ticket, comes first and breaks nothing."""
    listed(ANN)
    listed(BOB, ticket=1)
    assert callbacks.place(call(BOB)) == Place(1, BOB)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (0, "You're next in line."),
        (1, "There is one caller ahead of you."),
        (2, "There are two callers ahead of you."),
    ],
)
def test_a_place_is_said(before: int, said: str) -> None:
    """The number of callers ahead is announced in correct English."""
    assert Place(before).said == said


def test_a_number_is_said_digit_by_digit() -> None:
    """A number is read digit by digit, without the plus sign."""
    assert we_call("+442079460000") == "We'll call you back at 4 4 2 0 7 9 4 6 0 0 0 0."
