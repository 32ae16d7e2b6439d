"""PINs, stored in the Directory as scrypt hashes, with a limit on attempts across calls.

A *holder* is the person or thing that a PIN belongs to. It is the key of a Directory entry with
`salt` (16 random bytes in hex) and `pin_hash` (made by `hash_of`), and any other fields. Entries
and attempts are those of the call's account.

An attempt is counted before the PIN is compared, whatever its outcome. A correct PIN takes back
only the attempts of the call that entered it: callers can forge a number, but they cannot share a
call. So other callers' attempts still count.
"""

import hmac
import secrets
from functools import cached_property, partial
from hashlib import scrypt

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Asking, ask
from pivotkit.calls.tokens import call_digest
from pivotkit.store.attempts import Attempts
from pivotkit.store.directory import Directory

MAX_PIN_DIGITS = 12
"""Maximum digits of a PIN when the template does not know its length; `#` ends the entry."""

_NOBODY = {"salt": "00" * 16, "pin_hash": ""}
"""An entry for unknown holders: checking it takes as long as a real one, and never succeeds."""


class Pins:
    """The PINs in Directory entries of one *kind*, with *tries* per *seconds* for each holder.

    The limit holds across the calls and callers of an account.
    """

    def __init__(self, kind: str = "pin", *, tries: int = 5, seconds: int = 900) -> None:
        self._kind = kind
        self._limit = (tries, seconds)
        self._holders = Directory(kind)

    @cached_property
    def _attempts(self) -> Attempts:
        return Attempts(*self._limit)

    def accepts(self, holder: str, call: Call, pin: str) -> bool:
        """Tell whether *pin* is the holder's PIN and the holder has an attempt left.

        Locked and unknown holders and wrong PINs take the same time and give the same answer, so
        that callers cannot tell them apart. Raises `StateUnavailable`.
        """
        subject = f"{self._kind}#{holder}"
        attempts = self._attempts.of(call)
        counted = attempts.count(subject, try_key(call))
        entry = self._holders.of(call).get(holder) or _NOBODY
        right = hmac.compare_digest(hash_of(pin, str(entry["salt"])), str(entry["pin_hash"]))
        if counted and right:
            attempts.take_back(subject, [key for key in counted if is_of(call, key)])
        return bool(counted) and right


def try_key(call: Call) -> str:
    """Return a new key for an attempt of *call*.

    Each comparison is an attempt of its own, also when a request is repeated, so that parallel
    requests get no more of them.
    """
    return f"{call_digest(call.account_id, call.call_id)}.{secrets.token_hex(6)}"


def is_of(call: Call, key: str) -> bool:
    """Tell whether *key* is that of an attempt of *call*."""
    return key.startswith(f"{call_digest(call.account_id, call.call_id)}.")


def ask_pin(
    call: Call, pins: Pins, holder: str, *, max_digits: int = MAX_PIN_DIGITS, tries: int = 3
) -> Asking[bool]:
    """Ask for the PIN of *holder*, at most *tries* times; return whether the caller knew it."""
    ending = ", followed by the pound key" if max_digits == MAX_PIN_DIGITS else ""
    sorry = ""
    for _ in range(tries):
        check = partial(pins.accepts, holder, call)
        question = f"{sorry}Please enter your PIN{ending}."
        if (yield from ask(question, max_digits=max_digits, secret=check)):
            return True
        sorry = "Sorry, that's not correct. "
    return False


def hash_of(pin: str, salt: str) -> str:
    """Return the hash to store for *pin*, in hex; *salt* is 16 random bytes in hex."""
    digest = scrypt(pin.encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1, dklen=32)
    return digest.hex()
