"""PINs: kept in the Directory as scrypt hashes, with a limit on tries that holds across calls.

What a PIN opens, or who has it, is its *holder*: the key of an entry with `salt` (16 random bytes
in hex) and `pin_hash` (made by `hash_of`), and with other fields if need be.
"""

import hmac
from collections.abc import Generator
from functools import cached_property, partial
from hashlib import scrypt

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Question, Reply, ask
from pivotkit.store.attempts import Attempts
from pivotkit.store.directory import Directory

LONGEST = 12
"""Digits of a PIN whose length the template does not know: `#` ends it."""

_NOBODY = {"salt": "00" * 16, "pin_hash": ""}
"""What is checked for a holder who does not exist: it takes as long, and never fits."""


class Pins:
    """The PINs in Directory entries of one *kind*: *tries* in *seconds* a holder, across calls."""

    def __init__(self, kind: str = "pin", *, tries: int = 5, seconds: int = 900) -> None:
        self._kind = kind
        self._limit = (tries, seconds)
        self._holders = Directory(kind)

    @cached_property
    def _attempts(self) -> Attempts:
        return Attempts(*self._limit)

    def accepts(self, holder: str, call: Call, attempt: int, pin: str) -> bool:
        """Whether *pin* is the holder's and there is a try left; *attempt* numbers it in this call.

        A locked, an unknown and a wrong one cost the same work and give the same answer. Raises
        `StateUnavailable`.
        """
        subject = f"{call.account_id}#{self._kind}#{holder}"
        allowed = self._attempts.allow(subject, call.effect_key(f"pin {attempt}"))
        entry = self._holders.get(holder) or _NOBODY
        right = hmac.compare_digest(hash_of(pin, str(entry["salt"])), str(entry["pin_hash"]))
        if allowed and right:
            self._attempts.forget(subject)
        return allowed and right


def ask_pin(
    call: Call, pins: Pins, holder: str, *, max_digits: int = LONGEST, tries: int = 3
) -> Generator[Question, Reply, bool]:
    """Ask for the PIN of *holder*, *tries* times at most; whether the caller knew it."""
    ending = ", followed by the pound key" if max_digits == LONGEST else ""
    sorry = ""
    for attempt in range(tries):
        check = partial(pins.accepts, holder, call, attempt)
        question = f"{sorry}Please enter your PIN{ending}."
        if (yield from ask(question, max_digits=max_digits, secret=check)):
            return True
        sorry = "Sorry, that's not correct. "
    return False


def hash_of(pin: str, salt: str) -> str:
    """The hash under which *pin* is kept; *salt* is 16 random bytes in hex."""
    made = scrypt(pin.encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1, dklen=32)
    return made.hex()
