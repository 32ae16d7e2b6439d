"""Who waits at the door, and how she is announced; the rest is in the dialogues."""

from collections.abc import Mapping

import pytest

from pivotctl.upstreams import Upstreams
from pivotkit.call import Call
from pivotkit.doorman import Door, Visitor
from pivotkit.memory import Known, Memory
from pivotkit.quickcall import QuickCall
from pivotkit.upstream import Upstream

NAMES = "https://recordings.example.com/names"


@pytest.fixture
def bell(tables: Mapping[str, str]) -> QuickCall:
    """A bell that nobody rings."""
    assert tables
    return QuickCall(Upstream("KAZOO_URL", "https://kazoo.example.com/v2"), "ann", "6069")


def call(call_id: str = "one@198.51.100.23", name: str = "Jane Doe") -> Call:
    """A call that remembers."""
    made = Call(
        account_id="a" * 32,
        call_id=call_id,
        req_format="kazoo",
        caller_id_name=name,
        caller_id_number="+14155550123",
    )
    return made.recalling(Memory(call_id, "doorman:1", Known({}, {}), 0, {}))


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Jane Doe", "Jane Doe"),
        ("unknown", "1 4 1 5 5 5 5 0 1 2 3"),
        ("<>", "1 4 1 5 5 5 5 0 1 2 3"),
    ],
)
def test_names(bell: QuickCall, name: str, spoken: str) -> None:
    """A visitor without a name is announced by her number."""
    assert Door(bell).visitor(call(name=name)).name == spoken


@pytest.mark.parametrize(
    ("recordings", "call_id", "recording"),
    [
        ("", "one@198.51.100.23", ""),
        (NAMES, "one@198.51.100.23", f"{NAMES}/call_recording_one@198.51.100.23.mp3"),
        (f"{NAMES}/", "one", f"{NAMES}/call_recording_one.mp3"),
        (NAMES, "../one", ""),
        (NAMES, "one?x=1", ""),
    ],
)
def test_recordings(bell: QuickCall, recordings: str, call_id: str, recording: str) -> None:
    """A recording is played only if the call's id cannot lead to another file."""
    assert Door(bell, recordings).visitor(call(call_id)).recording == recording


def test_waiting_and_answering(bell: QuickCall) -> None:
    """An answer reaches the visitor whom it is for, and nobody waits before the first comes."""
    door = Door(bell)
    assert door.waiting() == Visitor()
    first, second = door.visitor(call("one")), door.visitor(call("two"))
    assert door.waits(first) == door.waits(second) == ""
    assert door.waiting() == second
    door.answer(second, "accepted")
    door.answer(first, "refused")
    assert (door.waits(second), door.waits(first)) == ("accepted", "refused")
    assert first.room != second.room


def test_ringing(monkeypatch: pytest.MonkeyPatch) -> None:
    """KAZOO is asked for the user and the number of the settings, in the account of the call."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    fakes = Upstreams()
    fakes.start()
    try:
        bell = QuickCall(Upstream("KAZOO_URL", f"{fakes.url}/kazoo/v2"), "ann", "6069")
        assert bell.ring("a" * 32, 35)
        (asked,) = fakes.kazoo.received
    finally:
        fakes.stop()
    assert asked.path.endswith(f"/accounts/{'a' * 32}/users/ann/quickcall/6069")
    assert asked.query == {"auto_answer": "false", "timeout": "35"}
