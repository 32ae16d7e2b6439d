"""A DynamoDB table: one way to read and to write, and one error when it cannot be reached."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from botocore.exceptions import BotoCoreError, ClientError

from pivotkit.core.errors import StateUnavailable
from pivotkit.store import Item
from pivotkit.store.client import client

_CONDITION_FAILED = "ConditionalCheckFailedException"


class Written(NamedTuple):
    """The outcome of a conditional write.

    `item` holds the attributes that DynamoDB returned: those of `ReturnValues` after a write that
    was *done*, those of `ReturnValuesOnConditionCheckFailure` after one that was not.
    """

    done: bool
    item: Item


class Table:
    """A table by its *name*. Every method raises `StateUnavailable` when it cannot be reached."""

    def __init__(self, name: str, dynamodb: Any) -> None:
        self.name = name
        self._dynamodb = dynamodb

    @classmethod
    def from_environment(cls, variable: str) -> Self:
        """The table that *variable* names. Its client is made at once, at INIT."""
        return cls(os.environ[variable], client("dynamodb"))

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """Send a request that has no condition, and return its answer."""
        try:
            return self._send(operation, request)
        except (ClientError, BotoCoreError) as error:
            raise StateUnavailable(_name(error)) from error

    def write(self, operation: str, **request: Any) -> Written:
        """Send a write with a condition. A condition that fails is an outcome, not an error."""
        try:
            answer = self._send(operation, request)
        except ClientError as error:
            if _name(error) != _CONDITION_FAILED:
                raise StateUnavailable(_name(error)) from error
            refusal: dict[str, Any] = dict(error.response)
            return Written(done=False, item=refusal.get("Item", {}))
        except BotoCoreError as error:
            raise StateUnavailable(_name(error)) from error
        return Written(done=True, item=answer.get("Attributes", {}))

    def transact(self, *steps: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Write all *steps* or none, each `{"Put": ...}` or `{"Update": ...}` in this table.

        Returns nothing when all were written, and otherwise DynamoDB's reason for each step:
        `None` (as text), `ConditionalCheckFailed`, `TransactionConflict` ...
        """
        items = [
            {kind: {"TableName": self.name, **request} for kind, request in step.items()}
            for step in steps
        ]
        try:
            self._dynamodb.transact_write_items(TransactItems=items)
        except (ClientError, BotoCoreError) as error:
            reasons = _reasons(error)
            if not reasons:
                raise StateUnavailable(_name(error)) from error
            return reasons
        return []

    def read_each(self, keys: list[Item], *, consistent: bool = False) -> list[Item]:
        """The items with *keys* (at most 100), in one round trip; missing ones are left out."""
        wanted = {"Keys": keys, "ConsistentRead": consistent}
        try:
            answer = self._dynamodb.batch_get_item(RequestItems={self.name: wanted})
        except (ClientError, BotoCoreError) as error:
            raise StateUnavailable(_name(error)) from error
        if answer["UnprocessedKeys"]:
            raise StateUnavailable("UnprocessedKeys")
        items: list[Item] = answer["Responses"][self.name]
        return items

    def query(self, **request: Any) -> Iterator[Item]:
        """The items that a query finds, page after page."""
        start: dict[str, Any] = {}
        while True:
            page = self.ask("query", **request, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _send(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._dynamodb, operation)(TableName=self.name, **request)
        return answer


def _name(error: ClientError | BotoCoreError) -> str:
    """DynamoDB's name for an error, or that of the SDK for one that never got there."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__


def _reasons(error: ClientError | BotoCoreError) -> list[str]:
    """DynamoDB's reason for each step of a refused transaction; empty for another error."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return [str(reason.get("Code")) for reason in response.get("CancellationReasons") or []]
