"""Switches that operators set by phone, after entering a PIN, or in the Directory.

Two kinds of Directory entries have the switch's name as their key: `switch` holds its state, and
`pin` holds `salt` and `pin_hash`, as made by `pivotkit.phone.pins.hash_of`.
"""

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Asking
from pivotkit.http.parameters import Value
from pivotkit.phone.pins import Pins, ask_pin
from pivotkit.store.directory import Directory, Entry


class Switch:
    """One switch for each account, with *tries* PIN attempts per *seconds* across its calls.

    Every method raises `StateUnavailable`.
    """

    def __init__(self, name: str, *, tries: int = 5, seconds: int = 900) -> None:
        self._name = name
        self._switches = Directory("switch")
        self._pins = Pins("pin", tries=tries, seconds=seconds)

    def read(self, call: Call) -> Entry:
        """Return the fields that are set; `{}` if the switch is off."""
        return self._switches.of(call).get(self._name) or {}

    def set(self, call: Call, /, **fields: Value) -> None:
        """Replace the switch's fields with *fields*."""
        self._switches.of(call).put(self._name, fields)

    def unlocked(self, call: Call) -> Asking[bool]:
        """Ask for the switch's PIN, at most three times; return whether the caller knew it."""
        return ask_pin(call, self._pins, self._name)
