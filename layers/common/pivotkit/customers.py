"""Customers with an account number, a PIN and a balance, from the Directory table.

Two kinds of entries: `account`, by account number, with `balance` (cents), `salt` and `pin_hash`;
`caller`, by the number a customer calls from, with `account`.
"""

import hmac
from dataclasses import dataclass
from functools import cached_property
from hashlib import scrypt

from pivotkit.attempts import Attempts
from pivotkit.call import Call
from pivotkit.directory import Directory

_NOBODY = {"salt": "00" * 16, "pin_hash": ""}
"""What is checked for an account that does not exist: it takes as long, and never fits."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, without the PIN. `account` is '' for nobody; `balance` is cents."""

    account: str = ""
    balance: int = 0


class Customers:
    """Look customers up and check their PINs: *tries* in *seconds* an account, across all calls."""

    def __init__(self, *, tries: int = 5, seconds: int = 900) -> None:
        self._accounts = Directory("account")
        self._callers = Directory("caller")
        self._limit = (tries, seconds)

    @cached_property
    def _attempts(self) -> Attempts:
        return Attempts(*self._limit)

    def find(self, account: str) -> Customer:
        """The customer *account*; for one that is not there, a customer no PIN fits."""
        entry = self._accounts.get(account) or {}
        return Customer(account, int(str(entry.get("balance", 0))))

    def calling_from(self, number: str) -> Customer:
        """The customer who calls from *number*, or nobody."""
        entry = self._callers.get(number)
        return self.find(str(entry["account"])) if entry else Customer()

    def accepts(self, customer: Customer, call: Call, attempt: int, pin: str) -> bool:
        """Whether *pin* is the customer's and there is a try left.

        A locked, an unknown and a wrong account cost the same work and give the same answer.
        """
        subject = f"{call.account_id}#pin#{customer.account}"
        allowed = self._attempts.allow(subject, call.effect_key(f"pin {attempt}"))
        entry = self._accounts.get(customer.account) or _NOBODY
        right = hmac.compare_digest(hash_of(pin, str(entry["salt"])), str(entry["pin_hash"]))
        if allowed and right:
            self._attempts.forget(subject)
        return allowed and right


def hash_of(pin: str, salt: str) -> str:
    """The hash under which *pin* is kept; *salt* is 16 random bytes in hex."""
    made = scrypt(pin.encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1, dklen=32)
    return made.hex()
