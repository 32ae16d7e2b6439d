"""What templates look up: accounts, lists, hours. One DynamoDB item a kind and key."""

import os
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from pivotkit import aws
from pivotkit.errors import StateUnavailable
from pivotkit.parameters import Value

_read = TypeDeserializer().deserialize


class Directory:
    """The entries of one *kind* in the Directory table."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._table = os.environ["DIRECTORY_TABLE"]
        self._client = aws.client("dynamodb")

    def get(self, key: str) -> dict[str, Value] | None:
        """The entry *key*, or `None`. One round trip. Raises `StateUnavailable`."""
        if not key:
            return None
        try:
            answer = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": self.kind}, "sk": {"S": key}}
            )
        except (ClientError, BotoCoreError) as error:
            raise StateUnavailable(type(error).__name__) from error
        if "Item" not in answer:
            return None
        return {name: _plain(item) for name, item in _read(answer["Item"]["value"]).items()}


def _plain(value: Any) -> Value:
    """DynamoDB's decimals as JSON's numbers: `20.0` would be refused by KAZOO."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    return int(value) if value == int(value) else float(value)
