"""Switches that are set by phone, behind a PIN, or by an entry in the Directory.

Two kinds of entries, both under the switch's name: `switch` holds what is set, and `pin` has `salt`
and `pin_hash`, as `pivotkit.customers.hash_of` makes it.
"""

import hmac
from collections.abc import Generator
from functools import partial

from pivotkit.attempts import Attempts
from pivotkit.call import Call
from pivotkit.conversations import Question, Reply, ask
from pivotkit.customers import hash_of
from pivotkit.directory import Directory, Entry
from pivotkit.parameters import Value

LONGEST_PIN = 12
_NO_PIN = {"salt": "00" * 16, "pin_hash": ""}
"""What is checked for a switch without a PIN: nothing fits it."""


class Switch:
    """One switch: *tries* PINs in *seconds*, across all calls. Raises `StateUnavailable`."""

    def __init__(self, name: str, *, tries: int = 5, seconds: int = 900) -> None:
        self.name = name
        self._switches = Directory("switch")
        self._pins = Directory("pin")
        self._attempts = Attempts(tries, seconds)

    def read(self) -> Entry:
        """What is set; `{}` while the switch is off."""
        return self._switches.get(self.name) or {}

    def set(self, **fields: Value) -> None:
        """Set the switch to *fields*, in the place of what was set before."""
        self._switches.put(self.name, fields)

    def accepts(self, call: Call, attempt: int, pin: str) -> bool:
        """Whether *pin* is the switch's and there is a try left; both take the same work."""
        subject = f"{call.account_id}#switch#{self.name}"
        allowed = self._attempts.allow(subject, call.effect_key(f"pin {attempt}"))
        entry = self._pins.get(self.name) or _NO_PIN
        right = hmac.compare_digest(hash_of(pin, str(entry["salt"])), str(entry["pin_hash"]))
        if allowed and right:
            self._attempts.forget(subject)
        return allowed and right


def unlocked(call: Call, switch: Switch, *, tries: int = 3) -> Generator[Question, Reply, bool]:
    """Ask for the PIN of *switch*, at most *tries* times; whether the caller knew it."""
    sorry = ""
    for attempt in range(tries):
        question = f"{sorry}Please enter the PIN, then pound."
        check = partial(switch.accepts, call, attempt)
        if (yield from ask(question, max_digits=LONGEST_PIN, secret=check)):
            return True
        sorry = "Sorry, that is not right. "
    return False
