"""Any order: the deliveries of a record, shuffled and repeated, make the record that is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from campaign.ledger import Item
from pivotkit.store.records import Delivery, Record, merged

_MOST = 20
_OF_THE_TABLE = "sources"
"""The field of a stored record that is no part of its deliveries."""


@dataclass(frozen=True)
class Orders:
    """The number of orders that were tried, and of those that made another record."""

    tried: int = 0
    other: int = 0


def orders(items: Iterable[Item], number: int, chance: Random) -> Orders:
    """Merge the deliveries of records in *number* orders, with repetitions, one record a time.

    Records of one delivery have one order, and those of many take long: both are left out.
    """
    stored: dict[str, object] = {}
    parts: dict[str, list[Record]] = {}
    for item in items:
        key = item["pk"]["S"]
        if item["sk"]["S"] == "record":
            record = json.loads(item["record"]["S"])
            stored[key] = {name: record[name] for name in record if name != _OF_THE_TABLE}
        elif part := Delivery(key, item).record:
            parts.setdefault(key, []).append(part)
    keys = sorted(key for key, found in parts.items() if 1 < len(found) <= _MOST and key in stored)
    if not keys:
        return Orders()
    other = 0
    for _ in range(number):
        key = chance.choice(keys)
        found = parts[key]
        shuffled = chance.sample(found, len(found)) + chance.choices(found, k=len(found))
        chance.shuffle(shuffled)
        other += merged(shuffled) != stored[key]
    return Orders(number, other)
