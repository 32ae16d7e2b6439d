"""Items that releases have stored, and what a layer reads from them.

`tests/releases/<version>.json` has items as the release of that version stored them, by table, and
what its own layer read from them (`python -m scripts.record_release`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pivotkit.store import Item
from pivotkit.store.call_figures import CallFigures, Sums
from pivotkit.store.call_records import CallRecords
from pivotkit.store.call_state import CallState
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery, canonical
from pivotkit.store.remembered import Changes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RELEASES = "tests/releases"
VARIABLES: Mapping[str, str] = {
    "CallStateTable": "CALL_STATE_TABLE",
    "CallRecordsTable": "CALL_RECORDS_TABLE",
    "DirectoryTable": "DIRECTORY_TABLE",
    "CallFiguresTable": "CALL_FIGURES_TABLE",
}
"""The recorded tables by logical ID, with the variables that name them to the layer."""

type Items = Mapping[str, list[Item]]
"""Items by the logical ID of their table."""

_DAY = 24 * 60 * 60
_RUN, _LATER = "run:", "later"


@dataclass(frozen=True)
class Release:
    """The items that a release stored, and what it read from them."""

    version: str
    items: Items
    read: Mapping[str, Any]

    @classmethod
    def of(cls, file: Path) -> Release:
        """The release recorded in *file*."""
        return cls(file.stem, **json.loads(file.read_text(encoding="utf-8")))


def releases(root: Path) -> list[Release]:
    """Every recorded release of the project in *root*."""
    return [Release.of(file) for file in sorted((root / RELEASES).glob("*.json"))]


def put(client: DynamoDBClient, tables: Mapping[str, str], items: Items) -> None:
    """Write *items* into *tables*, names by logical ID, with a day to live."""
    expires = {"N": str(int(time.time()) + _DAY)}
    for table, found in items.items():
        for item in found:
            alive = {**item, "expires_at": expires} if "expires_at" in item else item
            client.put_item(TableName=tables[table], Item=alive)


def read(items: Items) -> dict[str, Any]:
    """The values that this layer reads of *items* in the environment's tables, as JSON."""
    found = {
        "states": {key: value for item in items["CallStateTable"] for key, value in _state(item)},
        "records": dict(_records(items["CallRecordsTable"])),
        "entries": dict(_entries(items["DirectoryTable"])),
        "figures": dict(_figures(items["CallFiguresTable"])),
    }
    as_json: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return as_json


def _state(item: Item) -> Iterator[tuple[str, Any]]:
    key, state = item["pk"]["S"], CallState.from_environment()
    for run in (None, *(name for name in item if name.startswith(_RUN))):
        found = state.peek(key, run, int(time.time()))
        steps = [step._asdict() for step in found.steps]
        yield f"{key} {run or ''}", found._asdict() | {"steps": steps}


def _records(items: Iterable[Item]) -> Iterator[tuple[str, Any]]:
    records = CallRecords()
    for item in items:
        key, sort = item["pk"]["S"], item["sk"]["S"]
        if item.get("item", {}).get("S") == "delivery":
            delivery = Delivery(key, item)
            event = delivery.event
            known = (delivery.name, delivery.id, type(event).__name__, event.about)
            values = canonical(delivery.content.values)
            yield f"{key} {sort}", [*known, sha256(values.encode()).hexdigest()]
        else:
            yield f"{key} {sort}", [records.merge(key), records.get(key)]


def _entries(items: Iterable[Item]) -> Iterator[tuple[str, Any]]:
    for item in items:
        kind, _, account = item["pk"]["S"].partition("#")
        key = item["sk"]["S"]
        entries = Directory(kind).of(Delivery(f"{account}#", {}))
        yield f"{kind} {key}", entries.get(key)


def _figures(items: Iterable[Item]) -> Iterator[tuple[str, Any]]:
    figures = CallFigures()
    for item in items:
        if "day" in item:
            on = date.fromisoformat(item["day"]["S"])
            legs = figures.legs(on, item["account_id"]["S"])
            yield f"legs {on} {item['account_id']['S']}", sorted(map(asdict, legs), key=str)
            yield f"sums {on}", sorted(map(_sums, figures.sums([on])), key=str)


def _sums(found: Sums) -> list[object]:
    return [found.account_id, dict(found.numbers)]


def by_a_later_layer(items: Items) -> dict[str, list[Item]]:
    """The same items with more fields, as a layer that knows them would store them."""
    return {table: [_with_more(item) for item in found] for table, found in items.items()}


def _with_more(item: Item) -> Item:
    more: Item = {**item, _LATER: {"M": {"field": {"S": "of a later layer"}}}}
    for name, value in item.items():
        if name.startswith(_RUN):
            more[name] = {"L": [{"S": _with_a_field(step["S"])} for step in value["L"]]}
    if item.get("item", {}).get("S") == "delivery" and "record" in item:
        more["record"] = {"S": _with_a_field(item["record"]["S"])}
    return more


def _with_a_field(text: str) -> str:
    return json.dumps({**json.loads(text), _LATER: ["of a later layer"]})


def kept(client: DynamoDBClient, tables: Mapping[str, str], items: Items) -> list[str]:
    """Go on with each call in *items*; return the keys of those that lost a later field."""
    lost, state, table = [], CallState.from_environment(), "CallStateTable"
    for item in items[table]:
        key = item["pk"]["S"]
        state.remember(key, None, Changes({"test:note": "x"}, {}), int(time.time()))
        found = client.get_item(TableName=tables[table], Key={"pk": item["pk"]})["Item"]
        runs = [name for name in item if name.startswith(_RUN)]
        if any(found.get(name) != item[name] for name in (_LATER, *runs)):
            lost.append(key)
    return lost
