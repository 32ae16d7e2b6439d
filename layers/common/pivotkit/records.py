"""Deliveries as they came, and the one record that those about one thing add up to.

A delivery is stored once, under a digest of its content. The record of a call, a fax, a message or
a document is made from all deliveries about it: the same whatever the order and however often each
arrived.
"""

import json
import math
import os
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pivotkit.errors import Malformed
from pivotkit.parameters import Value

if TYPE_CHECKING:
    from pivotkit.events import Event

type State = Literal[
    "noted",
    "created",
    "answered",
    "bridged",
    "parked",
    "retrieved",
    "abandoned",
    "missed",
    "failed",
    "received",
    "sent",
    "edited",
    "saved",
    "deleted",
    "ended",
]
"""In the order in which one thing passes through them: a call, a fax, a voicemail, a document."""

type Fact = str | int | float | bool | None
type Item = dict[str, dict[str, Any]]

STATES: tuple[str, ...] = get_args(State.__value__)
RECORD = "record"
REPEATED_SECONDS = 60
"""Within which KAZOO repeats a delivery: five attempts, two seconds apart, ten to connect each."""


@dataclass(frozen=True)
class Record:
    """What one delivery says of a call or another thing: its state, since when, and facts.

    Where two deliveries differ about a fact, the one of the later state is believed, and in one
    state the later one. `noted` is the state of what changes none.
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
    """One stored delivery, as a worker gets it.

    `key` is `account#call`, or `account#<kind>-<id>` for what is about no call.
    """

    key: str
    item: Item

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same whenever this delivery comes: the key of an effect."""
        return sha256(f"{self.key} {self.item['sk']['S']}".encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """What KAZOO calls the event (`missed_call`); `cdr_url` for a CDR that was posted there."""
        kind, _, rest = self.item["sk"]["S"].partition("#")
        return rest.partition("#")[0] if kind == "event" else f"{kind}_url"

    @property
    def account_id(self) -> str:
        """The account in which it happened."""
        return self.key.partition("#")[0]

    @property
    def values(self) -> dict[str, Value]:
        """The values that KAZOO sent; none where they cannot be read."""
        from pivotkit.deliveries import values_in  # noqa: PLC0415  (only those who read it again)

        method, kind = (self.item.get(name, {}).get("S", "") for name in ("method", "content_type"))
        try:
            return values_in(method, kind, self._content)
        except Malformed:
            return {}

    @property
    def event(self) -> "Event":
        """The event, typed. One that cannot be read is an `OtherEvent`."""
        from pivotkit.events import read_event  # noqa: PLC0415  (CDR sinks have no events)

        return read_event(self.values)

    @property
    def _content(self) -> bytes:
        encoded = self.item.get("body_base64", {}).get("S", "")
        return b64decode(encoded) if encoded else self.item.get("body", {}).get("S", "").encode()

    @property
    def record(self) -> Record | None:
        """What the receiver's template made of it; `None` where it could not be read."""
        text = self.item.get("record", {}).get("S")
        return Record.from_json(text) if text else None


def merged(records: Iterable[Record]) -> dict[str, Value]:
    """One record out of many: order and repetition do not matter.

    `state` is the furthest reached, `<state>_at` the first time each was; of every fact the value
    from the latest state counts, in one state the latest, and among equals the one that sorts last.
    """
    found = list(records)
    result: dict[str, Value] = {}
    for state in STATES:
        times = [record.at for record in found if record.state == state and record.at]
        if times:
            result[f"{state}_at"] = min(times).isoformat()
        if any(record.state == state for record in found):
            result["state"] = state
    facts: dict[str, tuple[int, float, str]] = {}
    for record in found:
        rank, at = STATES.index(record.state), record.at.timestamp() if record.at else -math.inf
        for name, value in record.facts.items():
            told = (rank, at, _canonical(value))
            facts[name] = max(facts.get(name, told), told)
    return {name: json.loads(text) for name, (*_, text) in sorted(facts.items())} | result


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
            self._client.put_item(TableName=self._table, Item=item, **unless_repeated(item))
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


def unless_repeated(item: Item) -> dict[str, Any]:
    """The condition under which a delivery is stored: it is not there yet.

    Some events have no time and no id, so a device that is edited twice tells the same twice.
    KAZOO repeats a delivery within a minute, if at all: later it is another event, takes the place
    of the first and wakes the workers again.
    """
    if "untimed" not in item:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    before = int(item["received_at"]["N"]) - REPEATED_SECONDS
    return {
        "ConditionExpression": "attribute_not_exists(pk) OR received_at < :before",
        "ExpressionAttributeValues": {":before": {"N": str(before)}},
    }


def _record(item: Item) -> Record | None:
    return Delivery(item["pk"]["S"], item).record


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
