"""A DynamoDB table: one way to read and to write, and one error when it cannot be reached."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from pivotkit.core.dry_run import refuse
from pivotkit.core.errors import StateUnavailable
from pivotkit.store import Item
from pivotkit.store.database import Answer, DynamoDb, DynamoDbError
from pivotkit.store.dynamodb import dynamodb

READS = frozenset({"get_item", "query"})
"""The operations of one table that change nothing."""

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

    def __init__(self, name: str, database: DynamoDb) -> None:
        self.name = name
        self._database = database

    @classmethod
    def from_environment(cls, variable: str) -> Self:
        """The table that *variable* names. Its connection is made at once, at INIT."""
        return cls(os.environ[variable], dynamodb())

    def ask(self, operation: str, **request: Any) -> Answer:
        """Send a request that has no condition, and return its answer."""
        try:
            return self._send(operation, request)
        except DynamoDbError as error:
            raise StateUnavailable(error.code) from error

    def write(self, operation: str, **request: Any) -> Written:
        """Send a write with a condition. A condition that fails is an outcome, not an error."""
        try:
            answer = self._send(operation, request)
        except DynamoDbError as error:
            if error.code != _CONDITION_FAILED:
                raise StateUnavailable(error.code) from error
            return Written(done=False, item=error.answer.get("Item", {}))
        return Written(done=True, item=answer.get("Attributes", {}))

    def transact(self, *steps: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Write all *steps* or none, each `{"Put": ...}` or `{"Update": ...}` in this table.

        Returns nothing when all were written, and otherwise DynamoDB's reason for each step:
        `None` (as text), `ConditionalCheckFailed`, `TransactionConflict` ...
        """
        refuse("dynamodb transact_write_items")
        items = [
            {kind: {"TableName": self.name, **request} for kind, request in step.items()}
            for step in steps
        ]
        try:
            self._database.call("transact_write_items", {"TransactItems": items})
        except DynamoDbError as error:
            reasons = error.answer.get("CancellationReasons")
            if not reasons:
                raise StateUnavailable(error.code) from error
            return [str(reason.get("Code")) for reason in reasons]
        return []

    def read_each(self, keys: list[Item], *, consistent: bool = False) -> list[Item]:
        """The items with *keys* (at most 100), in one round trip; missing ones are left out."""
        wanted = {"Keys": keys, "ConsistentRead": consistent}
        try:
            answer = self._database.call("batch_get_item", {"RequestItems": {self.name: wanted}})
        except DynamoDbError as error:
            raise StateUnavailable(error.code) from error
        if answer["UnprocessedKeys"]:
            raise StateUnavailable("UnprocessedKeys")
        items: list[Item] = answer["Responses"][self.name]
        return items

    def query(self, **request: Any) -> Iterator[Item]:
        """The items that a query finds, page after page."""
        while True:
            page = self.ask("query", **request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _send(self, operation: str, request: Mapping[str, Any]) -> Answer:
        if operation not in READS:
            refuse(f"dynamodb {operation}")
        return self._database.call(operation, {"TableName": self.name, **request})
