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
"""The start of the sort key of a bridged leg's share in its call's record."""

REPEATED_SECONDS = 60
"""Within which KAZOO repeats a delivery: five attempts, two seconds apart, ten to connect each."""

_ONE = {"N": "1"}


class CallRecords:
    """The CallRecords table, as the workers use it."""

    def __init__(self) -> None:
        self._table = Table.from_environment("CALL_RECORDS_TABLE")

    def refresh(self, key: str) -> None:
        """Make the record of the call *key* (`account#call`) anew from its deliveries.

        If it is a bridged leg, the record of the call that it belongs to is made anew, too. A
        record that was made from more deliveries is left as it is.
        """
        account, _, call_id = key.partition("#")
        told = self._remake(key)
        records = [record for item in told if (record := _record(item))]
        for caller in callers(call_id, records):
            leg = as_leg(records, call_id).as_json()
            self._write(f"{account}#{caller}", f"{LEG}{call_id}", leg, len(told))
            self._remake(f"{account}#{caller}")

    def _remake(self, key: str) -> list[Item]:
        """Write the record of *key*, and return the deliveries that tell of it, without its legs'.

        How many deliveries it was made from, those of legs included, only ever grows.
        """
        items = [item for item in self._items(key) if _record(item)]
        if items:
            made = merged(record for item in items if (record := _record(item)))
            made |= {"sources": _sources(items)}
            count = sum(int(item.get("deliveries", _ONE)["N"]) for item in items)
            self._write(key, RECORD, canonical(made), count)
        return [item for item in items if not item["sk"]["S"].startswith(LEG)]

    def _write(self, key: str, sort: str, text: str, deliveries: int) -> None:
        """Put the record *text*, unless one is there that was made from more deliveries."""
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


def _sources(items: Iterable[Item]) -> list[Value]:
    """Who told of the call itself: `cdr_api`, `cdr_url`, `hook`."""
    kinds = {item["sk"]["S"].partition("#")[0] for item in items}
    return [*sorted(SOURCES[kind] for kind in kinds & SOURCES.keys())]


def _record(item: Item) -> Record | None:
    return Delivery(item["pk"]["S"], item).record
