"""Answered legs that ended, and what they cost, as deliveries report them."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from destinations import Destination, HomeCountries
from pivotkit.store.records import UNNAMED, Delivery, Record
from pivotkit.workers.rating import rung

_ENDED = frozenset({"channel_destroy", "cdr", "cdr_url", "cdr_api"})


@dataclass(frozen=True)
class EndedLeg:
    """A leg that was answered and has ended. It has a destination if KAZOO called a number.

    `id` is the same for all sources that report the leg. `seconds` is the time after the answer.
    """

    id: str
    account_id: str
    call_id: str
    at: datetime
    seconds: int
    destination: Destination | None = None
    abroad: bool = False

    @property
    def country(self) -> str:
        """The country that was called; '' for an extension, or an incoming call."""
        return self.destination.country if self.destination else ""


@dataclass(frozen=True)
class Charge:
    """The cost of a leg, in ten-thousandths of `currency`."""

    id: str
    account_id: str
    call_id: str
    at: datetime
    cost: int
    currency: str


def ended_leg(delivery: Delivery, home: HomeCountries) -> EndedLeg | None:
    """Return the leg that ended; `None` if nobody answered it, or for any other delivery."""
    record = delivery.record
    if record is None or record.at is None or delivery.name not in _ENDED:
        return None
    seconds = record.facts.get("billing_seconds")
    if not isinstance(seconds, int) or seconds <= 0 or _is_loopback(delivery):
        return None
    number = rung(record)
    destination = home.destination(number) if number else None
    return EndedLeg(
        id=_identity(delivery, record, number),
        account_id=delivery.account_id,
        call_id=_call_id(delivery),
        at=record.at,
        seconds=seconds,
        destination=destination,
        abroad=destination is not None and not home.has(destination),
    )


def leg_charge(delivery: Delivery) -> Charge | None:
    """Return the cost of a leg; `None` if it was free, or for any other delivery."""
    record = delivery.record
    if record is None or record.at is None or delivery.name != "rating":
        return None
    cost = record.facts.get("cost")
    if not isinstance(cost, int) or cost <= 0:
        return None
    currency = str(record.facts.get("currency") or "")
    account_id, call_id = delivery.account_id, _call_id(delivery)
    return Charge(delivery.id, account_id, call_id, record.at, cost, currency)


def _call_id(delivery: Delivery) -> str:
    return delivery.key.partition("#")[2]


def _identity(delivery: Delivery, record: Record, number: str) -> str:
    """Return an ID that is the same for all deliveries about one leg.

    A posted CDR of a bridged leg has no call ID. But all sources report the same event of KAZOO's,
    and agree on the leg's end, its number, and its other leg (`pivot_call.erl`, `cdr_report.erl`).
    """
    other_leg = record.facts.get("other_leg_call_id")
    if other_leg or record.leg == UNNAMED:
        leg = f"{delivery.account_id} {other_leg or ''}"
    else:
        leg = delivery.key
    return sha256(f"{leg} {record.at} {number}".encode()).hexdigest()[:32]


def _is_loopback(delivery: Delivery) -> bool:
    """Return whether it is a loopback leg: the leg behind it is reported as well."""
    return str(delivery.values.get("is_internal_leg")).lower() == "true"
