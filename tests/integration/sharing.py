"""Entries that all accounts share: operators write them, and functions cannot."""

import os
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from tests.aws import aws_client


def share(kind: str, key: str, value: Mapping[str, Any]) -> None:
    """Put an entry that all accounts share into the Directory."""
    item = {"pk": {"S": kind}, "sk": {"S": key}, "value": TypeSerializer().serialize(value)}
    aws_client("dynamodb").put_item(TableName=os.environ["DIRECTORY_TABLE"], Item=item)
