"""Fills local tables with the entries that functions look up: `seed.json` in their folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.entries import Entry, EntryError, read_entries

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

    from pivotctl.project import Function

_BATCH = 25
"""The most items that DynamoDB deletes in one request."""

_KEYS = {"kind", "key", "value"}
_FORM = '{"kind": "...", "key": "...", "value": {...}}'


class SeedError(Exception):
    """A seed file is not usable; the text names it and the fix."""


def read(path: Path) -> list[Entry]:
    """Return the entries of a seed file: `[{"kind": ..., "key": ..., "value": {...}}]`.

    Those without an `account` are the first local account's.
    """
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SeedError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(items, list) or not all(_is_item(item) for item in items):
        raise SeedError(f"{path} must be a list of {_FORM}")
    try:
        entries = list(read_entries(path))
    except EntryError as error:
        raise SeedError(str(error)) from error
    return [each._replace(account=each.account or ACCOUNT_ID) for each in entries]


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and item.keys() >= _KEYS and isinstance(item["value"], dict)


def seed(dynamodb: DynamoDBClient, function: Function) -> int:
    """Put the items of `function`'s seed file into its Directory; return their number."""
    path = function.path / "seed.json"
    if not path.is_file():
        return 0
    table = function.environment.get("DIRECTORY_TABLE")
    if not table:
        raise SeedError(f"{path}: {function.logical_id} has no DIRECTORY_TABLE in template.yaml")
    entries = read(path)
    for entry in entries:
        dynamodb.put_item(TableName=table, Item=item_of(entry, path))
    return len(entries)


def empty(dynamodb: DynamoDBClient, table: str) -> None:
    """Delete everything in a table."""
    while items := dynamodb.scan(TableName=table, Limit=_BATCH)["Items"]:
        schema = dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
        key = [each["AttributeName"] for each in schema]
        keys = [{name: item[name] for name in key} for item in items]
        requests: list[Any] = [{"DeleteRequest": {"Key": each}} for each in keys]
        dynamodb.batch_write_item(RequestItems={table: requests})


def item_of(entry: Entry, path: Path) -> dict[str, Any]:
    """Return the item of an entry in the seed file *path*. Raises `SeedError`."""
    try:
        value = TypeSerializer().serialize(entry.value)
    except TypeError as error:
        name = f"{entry.kind}/{entry.key}"
        raise SeedError(f"{path}: {name}: {error} (only text and whole numbers)") from error
    return {"pk": {"S": entry.partition}, "sk": {"S": entry.key}, "value": value}
