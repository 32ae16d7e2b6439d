"""Deliveries as they came, and the one record of a call that they add up to.

A delivery is stored once, under a digest of its content. The record is made from all deliveries
of a call: the same whatever the order and however often each arrived.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self, get_args

from pivotkit.parameters import Value

type State = Literal["created", "answered", "bridged", "ended"]
type Fact = str | int | float | bool | None
type Item = dict[str, dict[str, Any]]

STATES: tuple[str, ...] = get_args(State.__value__)
RECORD = "record"


@dataclass(frozen=True)
class Record:
    """What one delivery says of a call: the state it reached, when, and facts about it.

    Where two deliveries differ about a fact, the one of the later state is believed.
    """

    state: State
    at: datetime | None
    facts: Mapping[str, Fact]

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"state is {self.state!r}: must be one of {', '.join(STATES)}")

    def as_json(self) -> str:
        """The record as text for an attribute."""
        at = self.at.isoformat() if self.at else None
        facts = {name: value for name, value in self.facts.items() if value is not None}
        return _canonical({"state": self.state, "at": at, "facts": facts})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record in *text*."""
        parts = json.loads(text)
        at = datetime.fromisoformat(parts["at"]) if parts["at"] else None
        return cls(parts["state"], at, parts["facts"])


@dataclass(frozen=True)
class Delivery:
    """One stored delivery, as a worker gets it: `key` is `account#call`."""

    key: str
    item: Item

    @property
    def record(self) -> Record | None:
        """What the receiver's template made of it; `None` where it could not be read."""
        text = self.item.get("record", {}).get("S")
        return Record.from_json(text) if text else None


def merged(records: Iterable[Record]) -> dict[str, Value]:
    """One record out of many: order and repetition do not matter.

    `state` is the furthest reached, `<state>_at` the first time each was; of every fact the value
    from the latest state counts, and among equals the one that sorts last.
    """
    found = list(records)
    result: dict[str, Value] = {}
    for state in STATES:
        times = [record.at for record in found if record.state == state and record.at]
        if times:
            result[f"{state}_at"] = min(times).isoformat()
        if any(record.state == state for record in found):
            result["state"] = state
    facts: dict[str, tuple[int, str]] = {}
    for record in found:
        rank = STATES.index(record.state)
        for name, value in record.facts.items():
            facts[name] = max(facts.get(name, (-1, "")), (rank, _canonical(value)))
    told = {name: json.loads(text) for name, (_, text) in sorted(facts.items())}
    return told | result


class CallRecords:
    """The CallRecords table, as the workers use it."""

    def __init__(self) -> None:
        from pivotkit import aws  # noqa: PLC0415  (receivers' types do not need the SDK)

        self._table = os.environ["CALL_RECORDS_TABLE"]
        self._client = aws.client("dynamodb")

    def refresh(self, key: str) -> None:
        """Make the record of the call *key* (`account#call`) anew from its deliveries.

        A record that was made from more deliveries is left as it is.
        """
        records = [record for item in self._deliveries(key) if (record := _record(item))]
        if not records:
            return
        text = _canonical(merged(records))
        item = {
            "pk": {"S": key},
            "sk": {"S": RECORD},
            "record": {"S": text},
            "deliveries": {"N": str(len(records))},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR deliveries <= :count",
                ExpressionAttributeValues={":count": item["deliveries"]},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def get(self, key: str) -> dict[str, Value] | None:
        """The merged record of the call *key*, or `None`."""
        answer = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": key}, "sk": {"S": RECORD}}
        )
        found: dict[str, Value] | None = None
        if "Item" in answer:
            found = json.loads(answer["Item"]["record"]["S"])
        return found

    def keep(self, item: Item) -> None:
        """Store a delivery that had to wait in the spool; a doublet changes nothing."""
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _deliveries(self, key: str) -> Iterable[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key}},
            ConsistentRead=True,
        )
        return (item for page in pages for item in page["Items"] if item["sk"]["S"] != RECORD)


def _record(item: Item) -> Record | None:
    return Delivery(item["pk"]["S"], item).record


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
