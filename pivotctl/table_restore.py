"""Tables as they were: restored beside the table of a stack, compared, and put back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = Mapping[str, Any]
type Key = str

_POLL_SECONDS = 20
_MOST_POLLS = 6 * 60 * 60 // _POLL_SECONDS
"""A restore takes from minutes to hours, by the size of the table."""


@dataclass(frozen=True)
class Difference:
    """Differences of a table from what it was: counts of items, by key."""

    equal: int
    changed: int
    missing: int
    new: int

    def __str__(self) -> str:
        """The counts in one line."""
        return (
            f"equal {self.equal}, changed since {self.changed}, "
            f"missing now {self.missing}, new since {self.new}"
        )


@dataclass(frozen=True)
class RestoredTable:
    """A table of a stack, and the one beside it that holds what it was."""

    client: DynamoDBClient
    table: str
    restored: str

    @classmethod
    def at(
        cls, client: DynamoDBClient, table: str, moment: datetime | None, restored: str
    ) -> RestoredTable:
        """Restore a table as it was at a moment, or at the last one possible, and wait."""
        when: dict[str, Any] = (
            {"RestoreDateTime": moment} if moment else {"UseLatestRestorableTime": True}
        )
        client.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=restored, **when
        )
        client.get_waiter("table_exists").wait(
            TableName=restored,
            WaiterConfig={"Delay": _POLL_SECONDS, "MaxAttempts": _MOST_POLLS},
        )
        return cls(client, table, restored)

    def difference(self) -> Difference:
        """Compare each item. Both tables are read whole."""
        before = {self._key(item): _digest(item) for item in self._items(self.restored)}
        now = {self._key(item): _digest(item) for item in self._items(self.table)}
        both = before.keys() & now.keys()
        changed = sum(before[key] != now[key] for key in both)
        missing, new = len(before.keys() - both), len(now.keys() - both)
        return Difference(len(both) - changed, changed, missing, new)

    def put_back(self, *, changed: bool) -> int:
        """Store items that the table lacks, and those that were `changed`; return their number.

        Items that are new since stay, and so does one that is made meanwhile.
        """
        now = {self._key(item): _digest(item) for item in self._items(self.table)}
        stored = 0
        for item in self._items(self.restored):
            found = now.get(self._key(item))
            if found is None:
                stored += self._add(item)
            elif changed and found != _digest(item):
                self.client.put_item(TableName=self.table, Item=dict(item))
                stored += 1
        return stored

    def _add(self, item: Item) -> bool:
        """Store an item unless there is one, and return whether it was stored."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=dict(item),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _items(self, table: str) -> Iterator[Item]:
        pages = self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        for page in pages:
            yield from page["Items"]

    def _key(self, item: Item) -> Key:
        return json.dumps([item.get("pk"), item.get("sk")], sort_keys=True)


def _digest(item: Item) -> bytes:
    """A digest of an item, whatever the order of its attributes, and of the members of its sets."""
    return hashlib.sha256(json.dumps(_ordered(item), sort_keys=True).encode()).digest()


def _ordered(node: Any) -> Any:
    """The node as JSON has it: bytes as text, and the members of sets in order."""
    if isinstance(node, Mapping):
        return {
            name: sorted(map(_ordered, value)) if name in {"SS", "NS", "BS"} else _ordered(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_ordered(each) for each in node]
    return node.hex() if isinstance(node, bytes) else node
