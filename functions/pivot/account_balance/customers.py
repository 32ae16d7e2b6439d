"""Customers with an account number, a PIN and a balance, from the Directory table.

Two kinds of entries: `account`, by account number, with `balance` (cents), `salt` and `pin_hash`;
`caller`, by the number a customer calls from, with `account`.
"""

from dataclasses import dataclass

from pivotkit.calls.call import Call
from pivotkit.phone.pins import Pins
from pivotkit.store.directory import Directory


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
        self._pins = Pins("account", tries=tries, seconds=seconds)

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
        return self._pins.accepts(customer.account, call, attempt, pin)
