"""DynamoDB as the store uses it: one method, and one error."""

from collections.abc import Mapping
from typing import Any, Protocol

type Answer = dict[str, Any]
"""The answer to an operation, as DynamoDB gives it; binary attributes have bytes."""


class DynamoDbError(Exception):
    """A request that failed: `code` is DynamoDB's, or the SDK's word for one without a response.

    `answer` is what DynamoDB said, such as the `Item` of a failed condition.
    """

    def __init__(self, code: str, answer: Answer | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer or {}


class DynamoDb(Protocol):
    """A connection to DynamoDB."""

    @property
    def endpoint(self) -> str:
        """The URL of DynamoDB."""
        ...

    def call(self, operation: str, request: Mapping[str, Any]) -> Answer:
        """Return the answer to an operation such as `update_item`. Raises `DynamoDbError`."""
        ...
