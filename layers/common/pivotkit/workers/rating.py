"""What a call costs: the longest prefix of the number that was called, per account.

Rates are entries of the Directory, kind `rate`, by `<account>:<prefix>`, or `*:<prefix>` for all
accounts that have none of their own for any prefix of the number:

    name        the destination, such as "United Kingdom, mobile"
    per_minute  the price of a minute
    connect     what an answered call costs before its first second (0)
    minimum     the least that an answered call costs (0)
    first       seconds that are billed at least (1)
    step        seconds by which what is above them is rounded up (1)
    currency    "USD" by default

Prices are whole numbers, in ten-thousandths of the currency: 150 is 0.0150 USD.
"""

import re
from dataclasses import dataclass

from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.directory import Directory, Entry
from pivotkit.store.records import Delivery, Fact, Record

MINUTE = 60
MAX_DIGITS = 15
"""Digits of a number (E.164)."""

_NUMBER = re.compile(rf"(\+?[0-9]{{1,{MAX_DIGITS}}})(?:@.*)?")


class RateError(ValueError):
    """An entry of the Directory that is no rate. The text names entry, field and fix."""

    def __init__(self, key: str, field: str, value: Value) -> None:
        rule = f"must be a whole number from {1 if field == 'step' else 0} on"
        super().__init__(f"rate {key}: {field} is {value!r}: {rule}; correct it in the Directory")


@dataclass(frozen=True)
class Rate:
    """The price of calls to a prefix, in ten-thousandths of the currency; times in seconds."""

    prefix: str
    per_minute: int
    name: str = ""
    connect: int = 0
    minimum: int = 0
    first: int = 1
    step: int = 1
    currency: str = "USD"

    def billed(self, seconds: int) -> int:
        """The seconds that are billed for a call of *seconds*; an unanswered one has none."""
        if seconds <= 0:
            return 0
        above = max(seconds - self.first, 0)
        return self.first + -(-above // self.step) * self.step

    def cost(self, seconds: int) -> int:
        """What a call of *seconds* costs; a fraction is rounded up."""
        if seconds <= 0:
            return 0
        used = -(-self.per_minute * self.billed(seconds) // MINUTE)
        return max(self.connect + used, self.minimum)


class Rates:
    """The rates of all accounts. Every look-up is one round trip."""

    def __init__(self) -> None:
        self._entries = Directory("rate")

    def find(self, account: str, number: str) -> Rate | None:
        """The rate of the longest prefix of *number*; `None` where no prefix has one.

        Raises `RateError` and `StateUnavailable`.
        """
        for deck in (account, "*"):
            keys = [f"{deck}:{number[:length]}" for length in range(len(number), 0, -1)]
            found = self._entries.get_each(keys) if keys else {}
            for key in keys:
                if key in found:
                    return rate_of(key, found[key])
        return None


def rate_of(key: str, entry: Entry) -> Rate:
    """The rate in *entry*, which stands under *key*. Raises `RateError`."""

    def whole(field: str, otherwise: int | None, least: int = 0) -> int:
        value = entry.get(field, otherwise)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise RateError(key, field, value)
        return value

    return Rate(
        prefix=key.partition(":")[2],
        name=str(entry.get("name") or ""),
        per_minute=whole("per_minute", None),
        connect=whole("connect", 0),
        minimum=whole("minimum", 0),
        first=whole("first", 1),
        step=whole("step", 1, least=1),
        currency=str(entry.get("currency") or "USD"),
    )


def rung(record: Record) -> str:
    """The number that a leg was rung at, as KAZOO has it; '' for a leg that KAZOO did not ring.

    That is the callee's, or that of the `To` header; it may be an extension, but no user.
    """
    if record.facts.get("call_direction") != "outbound":
        return ""
    for name in ("callee_id_number", "to"):
        found = _NUMBER.fullmatch(str(record.facts.get(name) or ""))
        if found:
            return found[1]
    return ""


def dialled(record: Record) -> str:
    """The digits of the number that a leg was rung at; an extension has no rate."""
    return rung(record).removeprefix("+")


def charged(delivery: Delivery, rates: Rates) -> Item | None:
    """The delivery that tells what the leg of *delivery* cost, or `None` for one without a rate.

    Raises `RateError` and `StateUnavailable`.
    """
    number = dialled(delivery.record) if delivery.record else ""
    rate = rates.find(delivery.account_id, number)
    return charge(delivery, rate) if rate else None


def charge(delivery: Delivery, rate: Rate) -> Item | None:
    """The delivery that tells what the leg of *delivery* cost at *rate*; `None` without a duration.

    Its record adds `cost`, `currency`, `billed_seconds`, `destination` and `rate_prefix`.
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
