"""Switches that are set by phone, behind a PIN, or by an entry in the Directory.

Two kinds of entries, both under the switch's name: `switch` holds what is set, and `pin` has `salt`
and `pin_hash`, as `pivotkit.phone.pins.hash_of` makes it.
"""

from collections.abc import Generator

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Question, Reply
from pivotkit.http.parameters import Value
from pivotkit.phone.pins import Pins, ask_pin
from pivotkit.store.directory import Directory, Entry


class Switch:
    """One switch: *tries* PINs in *seconds*, across all calls. Raises `StateUnavailable`."""

    def __init__(self, name: str, *, tries: int = 5, seconds: int = 900) -> None:
        self._name = name
        self._switches = Directory("switch")
        self._pins = Pins("pin", tries=tries, seconds=seconds)

    def read(self) -> Entry:
        """What is set; `{}` while the switch is off."""
        return self._switches.get(self._name) or {}

    def set(self, **fields: Value) -> None:
        """Set the switch to *fields*, in the place of what was set before."""
        self._switches.put(self._name, fields)

    def unlocked(self, call: Call) -> Generator[Question, Reply, bool]:
        """Ask for the switch's PIN, three times at most; whether the caller knew it."""
        return ask_pin(call, self._pins, self._name)
