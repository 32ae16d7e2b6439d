"""Customers and their balances, from the Directory entries of the call's account.

Two kinds of entries: `account`, by account number, with `balance` (cents), `salt`, and `pin_hash`;
`caller`, by the number a customer calls from, with `account`.
"""

from typing import NamedTuple

from pivotkit.calls.call import Call
from pivotkit.phone.pins import Pins
from pivotkit.store.directory import Directory


class Customer(NamedTuple):
    """A customer, without the PIN. `account` is '' for an unknown caller; `balance` is cents."""

    account: str = ""
    balance: int = 0


class Customers:
    """Look up customers and their `pins`: *pin_tries* in *seconds* per account, across calls."""

    def __init__(self, *, pin_tries: int = 5, seconds: int = 900) -> None:
        self.pins = Pins("account", tries=pin_tries, seconds=seconds)
        self._accounts = Directory("account")
        self._callers = Directory("caller")

    def find(self, call: Call, account: str) -> Customer:
        """Return the customer with this account number.

        An unknown account is returned with a balance of zero. It has no PIN, so no PIN opens it.
        """
        entry = self._accounts.of(call).get(account) or {}
        balance = int(str(entry.get("balance", 0)))
        return Customer(account, balance)

    def calling_from(self, call: Call) -> Customer:
        """Return the customer who calls, or a customer without an account."""
        entry = self._callers.of(call).get(call.caller.number)
        if entry is None:
            return Customer()
        return self.find(call, str(entry["account"]))
