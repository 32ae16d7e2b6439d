"""The CallRecords table: deliveries as they came, and the record that is made of them."""

import json
from collections.abc import Iterable
from typing import Any

from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.records import SOURCES, Delivery, Record, as_leg, callers, canonical, merged
from pivotkit.store.table import Table

RECORD = "record"
LEG = "leg#"
"""The start of the sort key of a bridged leg's share in the record of its call."""

REPEATED_SECONDS = 60
"""Within which KAZOO repeats a delivery: five attempts, two seconds apart, ten to connect each."""

_ONE = {"N": "1"}


class CallRecords:
    """The CallRecords table. Every method raises `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("CALL_RECORDS_TABLE")

    def refresh(self, key: str) -> dict[str, dict[str, Value]]:
        """Remake the record of the call *key* (`account#call`) from its deliveries.

        For a bridged leg, the record of its call is remade as well. A record made from more
        deliveries is left unchanged. Returns the records of whole calls, by key: that of *key*, or
        for a leg those of its calls.
        """
        account, _, call_id = key.partition("#")
        items, made = self._remake(key)
        records = [record for item in items if (record := _record(item))]
        calls = {key: made}
        for caller in callers(call_id, records):
            calls.pop(key, None)
            leg = as_leg(records, call_id).as_json()
            self._write(f"{account}#{caller}", f"{LEG}{call_id}", leg, len(items))
            _, calls[f"{account}#{caller}"] = self._remake(f"{account}#{caller}")
        return {each: record for each, record in calls.items() if record}

    def _remake(self, key: str) -> tuple[list[Item], dict[str, Value]]:
        """Write the record of *key*. Returns its deliveries without those of its legs, and it.

        The number of deliveries that a record is made from, legs included, only ever grows.
        """
        items = [item for item in self._items(key) if _record(item)]
        made: dict[str, Value] = {}
        if items:
            made = _merged(items)
            made |= {"sources": _sources(items)}
            count = sum(int(item.get("deliveries", _ONE)["N"]) for item in items)
            self._write(key, RECORD, canonical(made), count)
        return [item for item in items if not item["sk"]["S"].startswith(LEG)], made

    def _write(self, key: str, sort: str, text: str, deliveries: int) -> None:
        """Write the record *text*, unless the stored one was made from more deliveries."""
        item = {
            "pk": {"S": key},
            "sk": {"S": sort},
            "record": {"S": text},
            "deliveries": {"N": str(deliveries)},
        }
        self._table.write(
            "put_item",
            Item=item,
            ConditionExpression="attribute_not_exists(pk) OR deliveries <= :count",
            ExpressionAttributeValues={":count": item["deliveries"]},
        )

    def merge(self, key: str) -> dict[str, Value]:
        """The record of the call *key*, made from its deliveries now; empty if there are none.

        Unlike the one that is stored, it does not lag behind.
        """
        return _merged(self._items(key))

    def get(self, key: str) -> dict[str, Value] | None:
        """The merged record of the call *key*, or `None`."""
        answer = self._table.ask("get_item", Key={"pk": {"S": key}, "sk": {"S": RECORD}})
        found: dict[str, Value] | None = None
        if "Item" in answer:
            found = json.loads(answer["Item"]["record"]["S"])
        return found

    def keep(self, item: Item) -> bool:
        """Store a delivery. Returns False if it is already stored."""
        return self._table.write("put_item", Item=item, **unless_repeated(item)).done

    def _items(self, key: str) -> Iterable[Item]:
        found = self._table.query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key}},
            ConsistentRead=True,
        )
        return (item for item in found if item["sk"]["S"] != RECORD)


def _merged(items: Iterable[Item]) -> dict[str, Value]:
    return merged(record for item in items if (record := _record(item)))


def unless_repeated(item: Item) -> dict[str, Any]:
    """The condition for storing a delivery: it is not stored yet.

    Some events have neither time nor ID, so that two edits of a device send the same event twice.
    KAZOO repeats a delivery within a minute or not at all. The same bytes later are another event,
    which replaces the first and wakes the workers again.
    """
    if "untimed" not in item:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    before = int(item["received_at"]["N"]) - REPEATED_SECONDS
    return {
        "ConditionExpression": "attribute_not_exists(pk) OR received_at < :before",
        "ExpressionAttributeValues": {":before": {"N": str(before)}},
    }


def _sources(items: Iterable[Item]) -> list[Value]:
    """The sources of the call's own deliveries: `cdr_api`, `cdr_url`, `hook`."""
    kinds = {item["sk"]["S"].partition("#")[0] for item in items}
    return [*sorted(SOURCES[kind] for kind in kinds & SOURCES.keys())]


def _record(item: Item) -> Record | None:
    return Delivery(item["pk"]["S"], item).record
