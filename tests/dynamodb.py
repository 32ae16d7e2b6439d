"""The requests that the layer sends to DynamoDB, by whichever client the run has."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from pivotkit.store.client import client
from pivotkit.store.dynamodb import JsonDynamoDb, dynamodb
from pivotkit.store.with_boto3 import Boto3DynamoDb

type Before = Callable[[str, Mapping[str, Any]], None]


class Sent(NamedTuple):
    """A request: its `operation`, such as `GetItem`, and its parameters."""

    operation: str
    parameters: dict[str, Any]


def forget_clients() -> None:
    """Make the layer's clients anew, as in a new execution environment."""
    client.cache_clear()
    dynamodb.cache_clear()


@contextmanager
def requests() -> Iterator[list[Sent]]:
    """The requests that are sent meanwhile, each attempt of them."""
    found: list[Sent] = []
    answer = JsonDynamoDb._answer

    def noted(self: JsonDynamoDb, target: str, body: bytes) -> dict[str, Any]:
        found.append(Sent(target, json.loads(body)))
        return answer(self, target, body)

    def note(request: Any, **_: Any) -> None:
        target = request.headers["X-Amz-Target"]
        text = target.decode() if isinstance(target, bytes) else target
        found.append(Sent(text.split(".")[-1], json.loads(request.body)))

    with ExitStack() as stacked:
        stacked.enter_context(patch.object(JsonDynamoDb, "_answer", noted))
        if isinstance(dynamodb(), Boto3DynamoDb):
            events = client("dynamodb").meta.events
            events.register("before-send.dynamodb", note)
            stacked.callback(events.unregister, "before-send.dynamodb", note)
        yield found


@contextmanager
def before_requests(listener: Before) -> Iterator[None]:
    """Tell *listener* of each request, with operation and parameters, before it is sent."""
    with ExitStack() as stacked:
        for kind in (JsonDynamoDb, Boto3DynamoDb):
            stacked.enter_context(patch.object(kind, "call", _announced(kind.call, listener)))
        yield


def _announced(call: Callable[..., Any], listener: Before) -> Callable[..., Any]:
    def announced(self: Any, operation: str, request: Mapping[str, Any]) -> Any:
        listener(operation, request)
        return call(self, operation, request)

    return announced
