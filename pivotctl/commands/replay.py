"""`pivotctl replay`: stores deliveries that could only be written to the log."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pivotctl.commands.exported_logs import logs_in
from pivotctl.commands.logged_deliveries import DeliveryItem, FoundDeliveries, find_in, key_of
from pivotctl.commands.records_table import records_table
from pivotctl.project import ProjectError
from pivotkit.store.call_records import unless_repeated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ReplayResult(StrEnum):
    """Results of replaying a delivery; with --dry-run, expected ones."""

    STORED = "stored"
    THERE = "already there"
    FAILED = "failed"


@click.command("replay", short_help="Replay deliveries found in a log.")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, allow_dash=True, path_type=Path),
)
@click.option("--table", help="Name of the table.  [that of the local stack, or of --stack]")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option("--dry-run", is_flag=True, help="Show what would be stored, but store nothing.")
def command(
    *, files: tuple[Path, ...], table: str | None, stack: str | None, dry_run: bool
) -> None:
    """Store the deliveries in each FILE (or -) that are missing in the table of call records.

    A FILE has log lines of a function (those with the message SPOOL count), items of the table,
    messages of a dead-letter queue, or the output of AWS's tools for any of these: JSON on one line
    or several, CSV, gzip, UTF-8 or UTF-16. A folder stands for all files in it. Each delivery is
    stored once, however often it is in FILE and however often this command runs; the workers take
    it from there. The exit status is 1 if a delivery could not be read or stored.
    """
    try:
        found = find_in(logs_in(files))
        client, name = records_table(table, stack)
    except (ProjectError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for place in found.unread:
        click.echo(f"Cannot read {place}", err=True)
    fates = replayed(client, name, found, dry_run=dry_run)
    for item, fate in zip(found.items, fates, strict=True):
        if fate is ReplayResult.FAILED or dry_run:
            click.echo(f"{fate:13}  {' '.join(key_of(item))}")
    click.echo(_summary(found, fates, dry_run=dry_run))
    raise SystemExit(1 if found.unreadable or ReplayResult.FAILED in fates else 0)


def replayed(
    client: DynamoDBClient, table: str, found: FoundDeliveries, *, dry_run: bool = False
) -> list[ReplayResult]:
    """Store the deliveries in *table*; return the result of each, in order."""
    act = _looked_up if dry_run else _stored
    return [_tried(partial(act, client, table), item) for item in found.items]


def _summary(found: FoundDeliveries, fates: list[ReplayResult], *, dry_run: bool) -> str:
    counted = ", ".join(f"{fate} {fates.count(fate)}" for fate in ReplayResult)
    repeated = f" ({found.repeated} more were duplicates)" if found.repeated else ""
    unreadable = f", unreadable {found.unreadable}" if found.unreadable else ""
    would = "would be: " if dry_run else ""
    return f"found {len(fates)} deliveries{repeated}; {would}{counted}{unreadable}"


def _tried(act: Callable[[DeliveryItem], ReplayResult], item: DeliveryItem) -> ReplayResult:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        return act(item)
    except (BotoCoreError, ClientError) as error:
        click.echo(f"{key_of(item)[1]}: {error}", err=True)
        return ReplayResult.FAILED


def _stored(client: DynamoDBClient, table: str, item: DeliveryItem) -> ReplayResult:
    """Store *item* as a receiver would, unless it is already stored."""
    try:
        client.put_item(TableName=table, Item=item, **unless_repeated(item))
    except client.exceptions.ConditionalCheckFailedException:
        return ReplayResult.THERE
    return ReplayResult.STORED


def _looked_up(client: DynamoDBClient, table: str, item: DeliveryItem) -> ReplayResult:
    key = {name: item[name] for name in ("pk", "sk")}
    answer = client.get_item(TableName=table, Key=key, ConsistentRead=True)
    return ReplayResult.THERE if "Item" in answer else ReplayResult.STORED
