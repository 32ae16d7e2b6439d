"""Call rating: the cost of a call, by account and by the longest matching prefix of its number.

Rates are Directory entries of kind `rate`, keyed by prefix, such as `447`. An account without a
rate for any prefix of the number uses the rates that all accounts share. Fields, with defaults:

    name        the destination, such as "United Kingdom, mobile" (empty)
    per_minute  the price per minute (required)
    connect     the connection charge of an answered call (0)
    minimum     the minimum charge of an answered call (0)
    first       the initial increment: the minimum number of seconds billed (1)
    step        the increment, in seconds, to which the rest is rounded up (1)
    currency    the currency ("USD")

Prices are whole numbers, in ten-thousandths of the currency: 150 is 0.0150 USD.
"""

import re
from dataclasses import dataclass

from pivotkit.http.parameters import Value
from pivotkit.store import Item, Owned
from pivotkit.store.directory import Directory, Entry, SharedDirectory
from pivotkit.store.records import Delivery, Fact, Record

MINUTE = 60
MAX_DIGITS = 15
"""Maximum number of digits in an E.164 number."""

_NUMBER = re.compile(rf"(\+?[0-9]{{1,{MAX_DIGITS}}})(?:@.*)?")


class RateError(ValueError):
    """An invalid rate in the Directory. The message names the entry, the field, and the fix."""

    def __init__(self, key: str, field: str, value: Value) -> None:
        rule = f"must be a whole number from {1 if field == 'step' else 0} on"
        super().__init__(f"rate {key}: {field} is {value!r}: {rule}; correct it in the Directory")


@dataclass(frozen=True)
class Rate:
    """The rate for a prefix: prices in ten-thousandths of the currency, times in seconds."""

    prefix: str
    per_minute: int
    name: str = ""
    connect: int = 0
    minimum: int = 0
    first: int = 1
    step: int = 1
    currency: str = "USD"

    def billed(self, seconds: int) -> int:
        """Return the seconds billed for a call of *seconds*; 0 for an unanswered call."""
        if seconds <= 0:
            return 0
        above = max(seconds - self.first, 0)
        return self.first + -(-above // self.step) * self.step  # -(-a // b) rounds up

    def cost(self, seconds: int) -> int:
        """Return the cost of a call of *seconds*, rounded up; 0 for an unanswered call."""
        if seconds <= 0:
            return 0
        used = -(-self.per_minute * self.billed(seconds) // MINUTE)
        return max(self.connect + used, self.minimum)


class Rates:
    """The rates of each account, and those that all accounts share."""

    def __init__(self) -> None:
        self._own = Directory("rate")
        self._shared = SharedDirectory("rate")

    def find(self, owner: Owned, number: str) -> Rate | None:
        """Return the rate for the longest prefix of *number*, or `None` if there is none.

        One round trip for the account's rates, a second one if the shared rates are needed.
        Raises `RateError` and `StateUnavailable`.
        """
        prefixes = [number[:length] for length in range(len(number), 0, -1)]
        for deck in (self._own.of(owner), self._shared) if prefixes else ():
            found = deck.get_each(prefixes)
            for prefix in prefixes:
                if prefix in found:
                    return rate_of(prefix, found[prefix])
        return None


def rate_of(key: str, entry: Entry) -> Rate:
    """Read the rate in *entry*, whose key is the prefix *key*. Raises `RateError`."""

    def whole(field: str, default: int | None, minimum: int = 0) -> int:
        value = entry.get(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise RateError(key, field, value)
        return value

    return Rate(
        prefix=key,
        name=str(entry.get("name") or ""),
        per_minute=whole("per_minute", None),
        connect=whole("connect", 0),
        minimum=whole("minimum", 0),
        first=whole("first", 1),
        step=whole("step", 1, minimum=1),
        currency=str(entry.get("currency") or "USD"),
    )


def rung(record: Record) -> str:
    """Return the number that a leg rang, as KAZOO recorded it; '' for a leg KAZOO did not dial.

    It is the callee's number or, failing that, the one in the `To` header. It may be an
    extension, but never a user name.
    """
    if record.facts.get("call_direction") != "outbound":
        return ""
    for name in ("callee_id_number", "to"):
        found = _NUMBER.fullmatch(str(record.facts.get(name) or ""))
        if found:
            return found[1]
    return ""


def dialed(record: Record) -> str:
    """Return the digits of the number that a leg rang; an extension matches no rate."""
    return rung(record).removeprefix("+")


def charged(delivery: Delivery, rates: Rates) -> Item | None:
    """Return a delivery with the cost of the leg of *delivery*, or `None` if no rate applies.

    Raises `RateError` and `StateUnavailable`.
    """
    number = dialed(delivery.record) if delivery.record else ""
    rate = rates.find(delivery, number)
    return charge(delivery, rate) if rate else None


def charge(delivery: Delivery, rate: Rate) -> Item | None:
    """Return a delivery with the cost of the leg of *delivery* at *rate*.

    Returns `None` if the leg has no duration. The record adds `cost`, `currency`,
    `billed_seconds`, `destination`, and `rate_prefix`.
    """
    record = delivery.record
    seconds = record.facts.get("billing_seconds") if record else None
    if not record or not isinstance(seconds, int):
        return None
    facts: dict[str, Fact] = {
        "cost": rate.cost(seconds),
        "currency": rate.currency,
        "billed_seconds": rate.billed(seconds),
        "destination": rate.name,
        "rate_prefix": rate.prefix,
    }
    return {
        "pk": {"S": delivery.key},
        "sk": {"S": "rating#cost"},
        "item": {"S": "delivery"},
        "received_at": delivery.item["received_at"],
        "record": {"S": Record("ended", record.at, facts, verified=record.verified).as_json()},
    }
