"""Entries that all accounts share: operators write them, and functions cannot."""

import os
from collections.abc import Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer


def share(kind: str, key: str, value: Mapping[str, Any]) -> None:
    """Put an entry that all accounts share into the Directory."""
    item = {"pk": {"S": kind}, "sk": {"S": key}, "value": TypeSerializer().serialize(value)}
    boto3.client("dynamodb").put_item(TableName=os.environ["DIRECTORY_TABLE"], Item=item)
