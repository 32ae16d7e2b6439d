"""`pivotctl record`: shows the stored record of a call, and its sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Self

import click

from pivotctl.commands.accounts import ACCOUNT_HELP, account_of
from pivotctl.commands.records_table import RecordsTable, local_stack, records_table
from pivotctl.commands.serve import ERRORS
from pivotctl.stack.mappings import WorkersBusyError
from pivotkit.store.call_records import LEG, RECORD
from pivotkit.store.records import Delivery

_FIRST = ("state", "verified", "sources")


@dataclass(frozen=True)
class StoredRecord:
    """The record under one key, or None, and its deliveries in the order of arrival."""

    key: str
    record: Mapping[str, Any] | None
    deliveries: tuple[Delivery, ...]

    @classmethod
    def of(cls, key: str, items: Iterable[Any]) -> Self:
        """Combine all *items* with this key."""
        by_sort = {item["sk"]["S"]: item for item in items}
        record = by_sort.pop(RECORD, None)
        deliveries = [
            Delivery(key, item) for name, item in by_sort.items() if not name.startswith(LEG)
        ]
        text = record["record"]["S"] if record else "null"
        return cls(
            key, json.loads(text), tuple(sorted(deliveries, key=attrgetter("received_at", "name")))
        )

    @property
    def last(self) -> int:
        """The time of the latest delivery."""
        return max((each.received_at for each in self.deliveries), default=0)

    def as_json(self) -> str:
        """Return the record and the deliveries as one JSON object."""
        deliveries = [
            {"name": each.name, "received_at": each.received_at} for each in self.deliveries
        ]
        return json.dumps({"key": self.key, "record": self.record, "deliveries": deliveries})

    def lines(self) -> Iterator[str]:
        """Yield the record, its legs, and the deliveries as lines of text."""
        record = dict(self.record or {})
        legs = record.pop("legs", {})
        yield from _rows(record)
        for name, leg in legs.items():
            yield f"leg {name}"
            yield from (f"  {row}" for row in _rows(leg))
        yield "deliveries"
        yield from (f"  {_time(each.received_at)}  {each.name}" for each in self.deliveries)


@click.command("record", short_help="Show the stored record of a call.")
@click.argument("call_id", required=False)
@click.option("--account", default="first", callback=account_of, help=ACCOUNT_HELP)
@click.option("--table", help="Name of the table.  [that of the local stack, or of --stack]")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a call.")
def command(
    *, call_id: str | None, account: str, table: str | None, stack: str | None, as_json: bool
) -> None:
    """Show the record of the call CALL_ID, its legs, and the deliveries that it was made from.

    CALL_ID may also be the key of a fax, a message, or a document (`fax-...`). If it is omitted,
    the local stack's records are listed, the latest last. The exit status is 1 if there is no
    record.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (slow to import)

    if call_id is None and (table or stack):
        raise click.UsageError("Name a call: a deployed table is not read as a whole.")
    try:
        if not (table or stack):
            local_stack().wait_for_workers()
        source = records_table(table, stack)
        found = [one(source, f"{account}#{call_id}")] if call_id else every(source)
    except (BotoCoreError, ClientError, WorkersBusyError, *ERRORS) as error:
        raise click.ClickException(str(error)) from error
    found = [each for each in found if each.deliveries]
    for each in found:
        _show(each, whole=call_id is not None, as_json=as_json)
    if not found:
        missing = (
            f'No record of "{call_id}" in the account {account}.' if call_id else "No records."
        )
        raise click.ClickException(missing)


def one(source: RecordsTable, key: str) -> StoredRecord:
    """Return the record under *key* (`account#call`)."""
    pages = source.client.get_paginator("query").paginate(
        TableName=source.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
        ConsistentRead=True,
    )
    return StoredRecord.of(key, (item for page in pages for item in page["Items"]))


def every(source: RecordsTable) -> list[StoredRecord]:
    """Return every record of the table, the latest last."""
    pages = source.client.get_paginator("scan").paginate(TableName=source.name, ConsistentRead=True)
    by_key: dict[str, list[Any]] = {}
    for page in pages:
        for item in page["Items"]:
            by_key.setdefault(item["pk"]["S"], []).append(item)
    return sorted((StoredRecord.of(*each) for each in by_key.items()), key=attrgetter("last"))


def _show(known: StoredRecord, *, whole: bool, as_json: bool) -> None:
    if as_json:
        click.echo(known.as_json())
    elif whole:
        click.echo("\n".join(known.lines()))
    else:
        state = (known.record or {}).get("state", "not merged")
        _, _, about = known.key.partition("#")
        click.echo(f"{_time(known.last)}  {state:10}  {about}")


def _rows(record: Mapping[str, Any]) -> Iterator[str]:
    """Return a line for each fact: the most important first, then by name."""
    names = [*(name for name in _FIRST if name in record), *sorted(record.keys() - set(_FIRST))]
    width = max(map(len, names), default=0)
    return (f"{name:{width}}  {_text(record[name])}" for name in names)


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
