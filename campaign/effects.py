"""Effects of the workers behind the stream: each delivery has one in every worker that takes it.

The deliveries in the table are the measure. A record names the number of deliveries it was made
from; a leg that has ended is counted once among the figures; an event goes to the customer's
endpoint under an ID of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from campaign.ledger import Item, items_in
from pivotctl.crossbar import ACCOUNT_ID

if TYPE_CHECKING:
    from campaign.customer import Customer
    from pivotctl.stack import Stack

WORKERS = ("call_records", "event_bus", "call_figures", "fan_out")
"""The workers of a campaign. The effect of `event_bus` is that of the two behind it."""

FIGURES = "CallFiguresTable"
POSTED = frozenset({"channel_destroy", "missed_call", "voicemail_new", "inbound_fax", "sms"})
"""The events that `fan_out` takes (function.yaml)."""

_LEG = "leg#"
_ENDED = "ended"

type Key = str


@dataclass(frozen=True)
class Effects:
    """The effects of a worker: how many are due, and the keys of the missing and of the doubled."""

    worker: str
    due: int
    missing: tuple[Key, ...] = ()
    doubled: tuple[Key, ...] = ()

    def __str__(self) -> str:
        found = self.due - len(self.missing)
        return f"{self.worker} {found} of {self.due}, doubled {len(self.doubled)}"


def effects(stack: Stack, records: Iterable[Item], customer: Customer) -> list[Effects]:
    """Return the effects of every worker with effects of its own, from what it has stored.

    *records* are the items of the table of deliveries and records.
    """
    records = list(records)
    figures = list(items_in(stack.own.aws.dynamodb(), stack.tables[FIGURES]))
    return [in_records(records), in_figures(records, figures), posted(records, customer)]


def in_records(items: Iterable[Item]) -> Effects:
    """Compare the deliveries of each record with the number that it was made from."""
    due: Counter[Key] = Counter()
    made: Counter[Key] = Counter()
    for item in items:
        key, sort = _keys(item)
        if sort == "record":
            made[key] = _deliveries(item)
        elif sort.startswith(_LEG):
            due[key] += _deliveries(item)
        elif "record" in item:
            due[key] += 1
    missing = tuple(key for key, number in due.items() if made[key] < number)
    doubled = tuple(key for key, number in made.items() if due[key] < number)
    return Effects("call_records", len(due), missing, doubled)


def in_figures(records: Iterable[Item], figures: Iterable[Item]) -> Effects:
    """Compare the legs that have ended with those among the figures, and with the sums of days."""
    due = {key for item in records if (key := _keys(item)[0]) and _has_ended(item)}
    found: set[Key] = set()
    counted = 0
    for item in figures:
        key, _ = _keys(item)
        if key.startswith(_LEG):
            found.add(key.removeprefix(_LEG))
        else:
            counted += int(item["legs"]["N"])
    surplus = counted - len(found)
    sums = ("the sums of the days",) * abs(surplus)
    missing = (*sorted(due - found), *(sums if surplus < 0 else ()))
    doubled = (*sorted(found - due), *(sums if surplus > 0 else ()))
    return Effects("call_figures", len(due), missing, doubled)


def posted(records: Iterable[Item], customer: Customer) -> Effects:
    """Compare the deliveries that `fan_out` takes with what came to the customer's endpoint."""
    due = {webhook_id(item): _keys(item)[0] for item in records if _is_posted(item)}
    missing = tuple(key for each, key in due.items() if each not in customer.posts)
    return Effects("fan_out", len(due), missing, tuple(customer.posts.keys() - due.keys()))


def webhook_id(item: Item) -> str:
    """Return the ID of a delivery's event: a digest of its keys (README of `fan_out`)."""
    key, sort = _keys(item)
    again = item["received_at"]["N"] if "untimed" in item else ""
    return f"msg_{sha256(f'{key} {sort} {again}'.encode()).hexdigest()[:32]}"


def _is_posted(item: Item) -> bool:
    key, sort = _keys(item)
    kind, _, rest = sort.partition("#")
    named = kind == "event" and rest.rpartition("#")[0] in POSTED
    return named and key.startswith(f"{ACCOUNT_ID}#")


def _has_ended(item: Item) -> bool:
    if _keys(item)[1] != "record":
        return False
    record: Mapping[str, Any] = json.loads(item["record"]["S"])
    return record.get("state") == _ENDED


def _keys(item: Item) -> tuple[Key, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _deliveries(item: Item) -> int:
    return int(item["deliveries"]["N"])
