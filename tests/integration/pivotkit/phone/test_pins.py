"""PINs: verification, and the limit on attempts."""

from collections.abc import Mapping

import pytest

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Reply
from pivotkit.calls.memory import Memory
from pivotkit.phone.pins import MAX_PIN_DIGITS, Pins, ask_pin, hash_of
from pivotkit.store.directory import Directory
from pivotkit.store.remembered import Remembered
from tests.integration.replaying import counted

SALT = "00112233445566778899aabbccddeeff"


def call(call_id: str = "c1", account_id: str = "acct") -> Call:
    """A call of a conversation."""
    memory = Memory(f"{account_id}#{call_id}", "test:run", Remembered({}, {}), 0, {})
    return Call(account_id=account_id, call_id=call_id, req_format="kazoo").recalling(memory)


@pytest.fixture
def pins(tables: Mapping[str, str]) -> Pins:
    """PIN 4321 for `door`, with two tries."""
    assert tables
    entry = {"salt": SALT, "pin_hash": hash_of("4321", SALT), "where": "b"}
    Directory("pin").of(call()).put("door", entry)
    return Pins(tries=2, seconds=900)


@pytest.mark.parametrize(
    ("holder", "pin", "accepted"),
    [("door", "4321", True), ("door", "4322", False), ("door", "", False), ("none", "", False)],
)
def test_accepts(pins: Pins, holder: str, pin: str, accepted: bool) -> None:  # noqa: FBT001
    """Only the holder's own PIN is accepted, and none for an unknown holder."""
    assert pins.accepts(holder, call(), pin) is accepted


def test_the_limit_is_the_holders(pins: Pins) -> None:
    """Wrong PINs lock only this holder, for all calls of the account."""
    Directory("pin").of(call()).put("gate", {"salt": SALT, "pin_hash": hash_of("4321", SALT)})
    assert not pins.accepts("door", call("c1"), "0")
    assert not pins.accepts("door", call("c2"), "0")
    assert not pins.accepts("door", call("c3"), "4321")
    assert pins.accepts("gate", call("c4"), "4321")


def test_a_holder_of_two_accounts(pins: Pins) -> None:
    """Holders of the same name in two accounts share neither PIN nor tries, whatever the call."""
    theirs = {"salt": SALT, "pin_hash": hash_of("8765", SALT)}
    Directory("pin").of(call(account_id="other")).put("door", theirs)
    assert not pins.accepts("door", call("c1", "other"), "4321")
    assert not pins.accepts("door", call("c1", "third"), "4321")
    assert not pins.accepts("door", call("c1"), "8765")
    assert not pins.accepts("door", call("c1"), "8765")
    assert not pins.accepts("door", call("c1"), "4321")
    assert pins.accepts("door", call("c1", "other"), "8765")


def test_every_comparison_counts(pins: Pins) -> None:
    """A repeated request is compared and counted again, so that parallel ones get no more tries."""
    assert [pins.accepts("door", call(), "0") for _ in range(5)] == [False] * 5
    assert not pins.accepts("door", call(), "4321")


def test_a_right_pin_takes_back_the_tries_of_its_call(pins: Pins) -> None:
    """The correct PIN takes back what its own call got wrong."""
    for round_ in range(3):
        assert not pins.accepts("door", call(f"c{round_}"), "0")
        assert pins.accepts("door", call(f"c{round_}"), "4321")


def test_a_right_pin_takes_back_no_other_tries(pins: Pins) -> None:
    """The correct PIN takes back nothing that other calls got wrong."""
    assert not pins.accepts("door", call("wrong"), "0")
    for round_ in range(3):
        assert pins.accepts("door", call(f"r{round_}"), "4321")
    assert not pins.accepts("door", call("wrong"), "0")
    assert not pins.accepts("door", call("r9"), "4321")


def test_the_same_work_for_everybody(pins: Pins) -> None:
    """The work of an attempt does not reveal whether the holder exists."""
    counts = []
    for holder in ("door", "none"):
        pins.accepts(holder, call("c1"), "0")
        with counted() as calls:
            pins.accepts(holder, call("c2"), "0")
        counts.append(list(calls))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("answers", "knew"),
    [([True], True), ([False, True], True), ([False] * 3, False), ([None] * 3, False)],
)
def test_ask_pin(pins: Pins, answers: list[bool | None], knew: bool) -> None:  # noqa: FBT001
    """Callers are asked at most three times, with an apology after each wrong PIN."""
    asking = ask_pin(call(), pins, "door")
    prompts = [next(asking).prompt]
    prompts += [asking.send(Reply(answer)).prompt for answer in answers[:-1]]
    with pytest.raises(StopIteration) as stop:
        asking.send(Reply(answers[-1]))
    assert stop.value.value is knew
    assert prompts[0] == "Please enter your PIN, followed by the pound key."
    assert set(prompts[1:]) <= {
        "Sorry, that's not correct. Please enter your PIN, followed by the pound key."
    }


def test_a_pin_of_known_length_needs_no_pound(pins: Pins) -> None:
    """Callers who may enter only four digits are not told to press the pound key."""
    question = next(ask_pin(call(), pins, "door", max_digits=4))
    assert (question.prompt, question.max_digits) == ("Please enter your PIN.", 4)
    assert next(ask_pin(call(), pins, "door")).max_digits == MAX_PIN_DIGITS
