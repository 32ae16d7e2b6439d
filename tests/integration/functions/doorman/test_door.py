"""Visitors at the door and their announcement; the dialogues cover the rest."""

from collections.abc import Mapping

import pytest

from functions.pivot.doorman.door import ACCEPTED, REFUSED, Door
from functions.pivot.doorman.quickcall import QuickCall
from functions.pivot.doorman.visitor import Visitor
from pivotctl.upstreams import Upstreams
from pivotkit.calls.call import Call
from pivotkit.calls.memory import Memory
from pivotkit.services.upstream import Upstream
from pivotkit.store.remembered import Remembered

NAMES = "https://recordings.example.com/names"


@pytest.fixture
def bell(tables: Mapping[str, str]) -> QuickCall:
    """A bell whose KAZOO is not there."""
    assert tables
    return QuickCall(Upstream("KAZOO_URL", "https://kazoo.example.com/v2"), "ann", "6069")


def call(call_id: str = "one@198.51.100.23", name: str = "Jane Doe") -> Call:
    """A call of a stateful function."""
    made = Call(
        account_id="a" * 32,
        call_id=call_id,
        req_format="kazoo",
        caller_id_name=name,
        caller_id_number="+14155550123",
    )
    return made.recalling(Memory(call_id, "doorman:1", Remembered({}, {}), 0, {}))


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Jane Doe", "Jane Doe"),
        ("unknown", "1 4 1 5 5 5 5 0 1 2 3"),
        ("<>", "1 4 1 5 5 5 5 0 1 2 3"),
    ],
)
def test_names(bell: QuickCall, name: str, spoken: str) -> None:
    """Callers without a name are announced by their number."""
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
    """A recording is played only if the call's ID can't lead to another file."""
    assert Door(bell, recordings).visitor(call(call_id)).recording == recording


def test_waiting_and_answering(bell: QuickCall) -> None:
    """Each visitor gets their own answer; before the first one, no one is waiting."""
    door = Door(bell)
    one, two, other = call("one"), call("two"), call("one")._replace(account_id="b" * 32)
    assert door.waiting_visitor(one) == Visitor()
    first, second = door.visitor(one), door.visitor(two)
    assert door.answer_for(one, first) == door.answer_for(two, second) == ""
    assert door.waiting_visitor(one) == second
    assert door.waiting_visitor(other) == Visitor()
    door.store_answer(two, second, ACCEPTED)
    door.store_answer(one, first, REFUSED)
    assert (door.answer_for(two, second), door.answer_for(one, first)) == ("accepted", "refused")
    assert door.answer_for(other, first) == ""
    assert first.room != second.room


def test_ringing(monkeypatch: pytest.MonkeyPatch) -> None:
    """KAZOO rings the user and the number from the settings, in the account of the call."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    fakes = Upstreams()
    fakes.start()
    try:
        bell = QuickCall(Upstream("KAZOO_URL", f"{fakes.url}/kazoo/v2"), "ann", "6069")
        assert bell.ring("a" * 32, 35)
        (request,) = fakes.kazoo.received
    finally:
        fakes.stop()
    assert request.path.endswith(f"/accounts/{'a' * 32}/users/ann/quickcall/6069")
    assert request.query == {"auto_answer": "false", "timeout": "35"}
