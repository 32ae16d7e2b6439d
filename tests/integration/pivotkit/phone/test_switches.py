"""Switches in the Directory. The dialogue tests cover their PINs."""

from collections.abc import Mapping

from pivotkit.phone.switches import Switch


def test_what_is_set_is_read(tables: Mapping[str, str]) -> None:
    """A switch is off until it is set; setting it replaces all its fields."""
    assert tables
    switch = Switch("door")
    assert switch.read() == {}
    switch.set(mode="closed", reason="snow")
    switch.set(mode="open")
    assert Switch("door").read() == {"mode": "open"}
    assert Switch("window").read() == {}
