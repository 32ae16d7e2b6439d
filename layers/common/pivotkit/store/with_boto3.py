"""DynamoDB through boto3's client, for tools with profiles, and to compare with."""

from collections.abc import Mapping
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from pivotkit.store.client import client
from pivotkit.store.database import Answer, DynamoDbError


class Boto3DynamoDb:
    """A client of boto3."""

    def __init__(self, made: Any) -> None:
        self._client = made

    @classmethod
    def of_environment(cls) -> Self:
        """The client that functions use."""
        return cls(client("dynamodb"))

    @property
    def endpoint(self) -> str:
        """The URL of DynamoDB."""
        return str(self._client.meta.endpoint_url)

    def call(self, operation: str, request: Mapping[str, Any]) -> Answer:
        """Return the answer to an operation such as `update_item`. Raises `DynamoDbError`."""
        try:
            answer: Answer = getattr(self._client, operation)(**request)
        except ClientError as error:
            refusal: Answer = dict(error.response)
            raise DynamoDbError(str(refusal["Error"]["Code"]), refusal) from error
        except BotoCoreError as error:
            raise DynamoDbError(type(error).__name__) from error
        return answer
