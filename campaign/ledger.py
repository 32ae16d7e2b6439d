"""The ledger of deliveries sent and acknowledged, compared with the table."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from campaign.mix import Content, Parcel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OK = 200

type Item = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """Outcome of a delivery: the last status (0 for no answer), and the number of tries.

    `tries` is 0 if KAZOO did not send it because the hook was disabled.
    """

    parcel: Parcel
    status: int
    tries: int = 1

    @property
    def acknowledged(self) -> bool:
        """Whether it was acknowledged to KAZOO."""
        return self.status == _OK and self.tries > 0


@dataclass
class Ledger:
    """Everything sent so far, written by several threads, and awaited by others."""

    sent: list[Sent] = field(default_factory=list)
    _changed: threading.Condition = field(init=False, default_factory=threading.Condition)
    _closed: bool = field(init=False, default=False)

    def note(self, sent: Sent) -> None:
        """Write one down."""
        with self._changed:
            self.sent.append(sent)
            self._changed.notify_all()

    def close(self) -> None:
        """Mark the end: no more deliveries will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def open(self) -> bool:
        """Whether more deliveries will come."""
        return not self._closed

    def wait_for(self, number: int) -> bool:
        """Wait until so many were sent; False when it is certain that they will not be."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self.sent) >= number)
            return len(self.sent) >= number


def acknowledged(sent: Iterable[Sent]) -> dict[Content, Parcel]:
    """The different deliveries that were acknowledged at least once."""
    return {each.parcel.content: each.parcel for each in sent if each.acknowledged}


def lost(wanted: dict[Content, Parcel], items: Iterable[Item]) -> list[Parcel]:
    """Return those of *wanted* that no item holds byte for byte."""
    there = {content_of(item) for item in items}
    return [parcel for content, parcel in wanted.items() if content not in there]


def content_of(item: Item) -> Content:
    """Return the delivery that an item holds."""
    encoded = item.get("body_base64", {}).get("S")
    body = b64decode(encoded) if encoded else item.get("body", {}).get("S", "").encode()
    return item["method"]["S"], body


def deliveries_in(client: DynamoDBClient, table: str) -> Iterator[Item]:
    """The deliveries that *table* has."""
    return deliveries_of(items_in(client, table))


def deliveries_of(items: Iterable[Item]) -> Iterator[Item]:
    """Those of *items* that are deliveries."""
    return (item for item in items if item.get("item") == {"S": "delivery"})


def items_in(client: DynamoDBClient, table: str) -> Iterator[Item]:
    """All items of *table*."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        yield from page["Items"]
