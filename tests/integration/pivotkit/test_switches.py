"""A switch in the Directory; its PIN is tried by the dialogues."""

from collections.abc import Mapping

from pivotkit.switches import Switch


def test_what_is_set_is_read(tables: Mapping[str, str]) -> None:
    """A switch is off until it is set, and setting it replaces all that was set before."""
    assert tables
    switch = Switch("door")
    assert switch.read() == {}
    switch.set(mode="closed", reason="snow")
    switch.set(mode="open")
    assert Switch("door").read() == {"mode": "open"}
    assert Switch("window").read() == {}
