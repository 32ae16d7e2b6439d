"""A switch in the Directory, and the PIN in front of it."""

from collections.abc import Mapping

import pytest

from pivotkit.call import Call
from pivotkit.customers import hash_of
from pivotkit.directory import Directory
from pivotkit.memory import Known, Memory
from pivotkit.switches import Switch

SALT = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def switch(tables: Mapping[str, str]) -> Switch:
    """A switch whose PIN is 2580."""
    assert tables
    Directory("pin").put("door", {"salt": SALT, "pin_hash": hash_of("2580", SALT)})
    return Switch("door", tries=2, seconds=60)


def call(name: str) -> Call:
    """A call that remembers."""
    memory = Memory(name, "switch:1", Known({}, {}), 0, {})
    return Call(account_id="a" * 32, call_id=name, req_format="kazoo").recalling(memory)


def test_what_is_set_is_read(switch: Switch) -> None:
    """A switch is off until it is set, and setting it replaces all that was set before."""
    assert switch.read() == {}
    switch.set(mode="closed", reason="snow")
    switch.set(mode="open")
    assert Switch("door").read() == {"mode": "open"}
    assert Switch("window").read() == {}


@pytest.mark.parametrize(("pin", "right"), [("2580", True), ("0852", False), ("", False)])
def test_the_pin(switch: Switch, pin: str, right: bool) -> None:  # noqa: FBT001
    """Only the PIN opens the switch."""
    assert switch.accepts(call("one"), 0, pin) is right


def test_a_switch_without_a_pin(switch: Switch) -> None:
    """No PIN fits a switch that has none, not even an empty one."""
    assert switch.name == "door"
    assert not Switch("window").accepts(call("one"), 0, "")


def test_tries_are_counted_across_calls(switch: Switch) -> None:
    """Two wrong PINs lock the switch, whoever calls; a right one before that starts afresh."""
    assert not switch.accepts(call("one"), 0, "1")
    assert switch.accepts(call("two"), 0, "2580")
    assert not switch.accepts(call("three"), 0, "1")
    assert not switch.accepts(call("four"), 0, "2")
    assert not switch.accepts(call("five"), 0, "2580")


def test_a_repeated_request_counts_once(switch: Switch) -> None:
    """The same try of the same call is counted once, however often it is asked."""
    for _ in range(5):
        assert not switch.accepts(call("one"), 0, "1")
    assert switch.accepts(call("one"), 1, "2580")
