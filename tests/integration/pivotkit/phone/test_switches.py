"""Switches in the Directory. The dialogue tests cover their PINs."""

from collections.abc import Mapping

from pivotkit.calls.call import Call
from pivotkit.phone.switches import Switch


def test_what_is_set_is_read(tables: Mapping[str, str]) -> None:
    """A switch is off until it is set; setting it replaces all its fields, in one account."""
    assert tables
    switch = Switch("door")
    ours, theirs = (Call(each * 32, "c1", "kazoo") for each in "ab")
    assert switch.read(ours) == {}
    switch.set(ours, mode="closed", reason="snow")
    switch.set(ours, mode="open")
    assert Switch("door").read(ours) == {"mode": "open"}
    assert Switch("window").read(ours) == {}
    assert switch.read(theirs) == {}
