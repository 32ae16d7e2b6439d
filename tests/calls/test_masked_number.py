"""masked_number, dialed: two people who share a number, and strangers."""

import time
from typing import Any

import pytest

from pivotctl.switch.scenario import Rung
from tests.accounts import FIRST
from tests.calls.conftest import Dial
from tests.calls.phone import Phone

ONE, OTHER, STRANGER = "+14155550123", "+14155550124", "+14155550199"
MASKED = "+14155550160"
NOT_IN_SERVICE = "Sorry, this number is not in service. Goodbye."


def store(dial: Phone, masked: str, value: dict[str, str], expires_at: float | None = None) -> None:
    """Put a pair into the test's own Directory."""
    item: dict[str, Any] = {
        "pk": {"S": f"masked_number#{FIRST.account_id}"},
        "sk": {"S": masked},
        "value": {"M": {name: {"S": number} for name, number in value.items()}},
    }
    if expires_at:
        item["expires_at"] = {"N": str(int(expires_at))}
    dial.dynamodb.put_item(TableName=dial.tables["DIRECTORY_TABLE"], Item=item)


@pytest.mark.parametrize(("caller", "target"), [(ONE, OTHER), (OTHER, ONE)])
def test_each_reaches_the_other(dial: Dial, caller: str, target: str) -> None:
    """Each side reaches the other, who sees the masked number and no name."""
    call = dial("masked_number", caller=caller, caller_name="Alice Adams", called=MASKED)
    call.runs("set_cid", f"the caller is shown as Private call {MASKED}")
    call.is_bridged_to(target).is_carried_through()


@pytest.mark.parametrize("caller", ["4155550123", "14155550123", ONE])
def test_every_notation_of_a_number(dial: Dial, caller: str) -> None:
    """A number is recognized with and without its country code."""
    called = caller.replace("0123", "0160")
    dial("masked_number", caller=caller, called=called).is_bridged_to(OTHER)


@pytest.mark.parametrize("caller", [STRANGER, "", "anonymous", "None", "2030"])
def test_strangers(dial: Dial, caller: str) -> None:
    """Strangers to the pair reach no one."""
    call = dial("masked_number", caller=caller, called=MASKED)
    call.hears(NOT_IN_SERVICE).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("called", ["+14155550161", "2030", "911", ""])
def test_a_number_without_a_pair(dial: Dial, called: str) -> None:
    """A number without a pair is not in service."""
    dial("masked_number", caller=ONE, called=called).hears(NOT_IN_SERVICE).hung_up("kazoo")


@pytest.mark.parametrize(("left", "connected"), [(60, True), (-1, False)])
def test_a_pair_expires(dial: Phone, left: int, connected: bool) -> None:  # noqa: FBT001
    """A pair expires to the second, even if DynamoDB still holds it."""
    masked = "+14155550161"
    store(dial, masked, {"one": ONE, "other": OTHER}, time.time() + left)
    call = dial("masked_number", caller=ONE, called=masked)
    call.is_bridged_to(OTHER) if connected else call.hears(NOT_IN_SERVICE).hung_up("kazoo")


COSTLY = ("9005550123", "8005550123", "+442079460000", "+870773111632", "911", "", "x")


@pytest.mark.parametrize("other", COSTLY)
def test_a_pair_with_a_costly_number(dial: Phone, other: str) -> None:
    """A number in the table is dialed only if the policy allows it."""
    masked = "+14155550162"
    store(dial, masked, {"one": ONE, "other": other})
    dial("masked_number", caller=ONE, called=masked).hears(NOT_IN_SERVICE).hung_up("kazoo")


def test_half_a_pair(dial: Phone) -> None:
    """An entry with one number connects no one."""
    store(dial, "+14155550163", {"one": ONE})
    dial("masked_number", caller=ONE, called="+14155550163").hears(NOT_IN_SERVICE).hung_up("kazoo")


@pytest.mark.parametrize(
    ("rung", "prompt"),
    [
        (Rung.BUSY, "The line is busy. Please try again later. Goodbye."),
        (Rung.NO_ANSWER, "There was no answer. Please try again later. Goodbye."),
    ],
)
def test_the_other_side_does_not_answer(dial: Dial, rung: Rung, prompt: str) -> None:
    """Callers who can't be connected hear why, and never the other number."""
    call = dial("masked_number", caller=ONE, called=MASKED, rung=rung)
    call.rings(OTHER).hears(prompt).does_not_hear("4155550124").hung_up(
        "kazoo"
    ).is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the table, callers hear that the service isn't available."""
    dial("masked_number", caller=ONE, called=MASKED)  # its seed is there
    call = dial("masked_number", caller=ONE, called=MASKED, settings={"DIRECTORY_TABLE": "gone"})
    call.hears(
        "Sorry, this service isn't available right now. Please try again later. Goodbye."
    ).hung_up("kazoo").is_caught()
