"""Delivery of an event to connections: at the same time, and each within its own limit."""

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from event_text import EventText
from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.parallel import at_once
from pivotkit.events.bindings import Binding, Topic, topic_of
from pivotkit.store.client import client
from pivotkit.store.records import Delivery
from pivotkit.store.sockets import Bound, Sockets, Subscriber

SECONDS = 1.0
"""Time for a message to a connection; API Gateway takes it without waiting for the client."""

MOST_AT_ONCE = 16
PAUSE_SECONDS = 10.0
"""Time for which a connection that could not take a message gets none."""

GONE = "GoneException"


_ORDER = ("channel_create", "channel_answer", "channel_bridge", "channel_destroy")
"""The events of a leg in their order; others, such as holds, come between the last two."""


def place(delivery: Delivery) -> tuple[int, float]:
    """Return the place of *delivery* in its batch, as far as the table's whole seconds tell it."""
    known = delivery.name in _ORDER
    last = len(_ORDER) - 1
    return delivery.received_at, _ORDER.index(delivery.name) if known else last - 0.5


class Message(NamedTuple):
    """A message for a connection, and the binding that it is for."""

    subscriber: Subscriber
    text: bytes


class Sender:
    """Sends events to the connections of their account."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._api = client(
            "apigatewaymanagementapi", SECONDS, endpoint=os.environ["SOCKETS_ENDPOINT"]
        )
        self._paused: dict[str, float] = {}

    def send(self, delivery: Delivery) -> None:
        """Send *delivery* to those who subscribed to it. Raises `StateUnavailable`.

        Returns when every connection has the event, or cannot take it.
        """
        event = delivery.event
        topic = topic_of(event)
        if topic is None:
            return
        text = EventText(delivery, event, topic)
        messages = list(self._messages(delivery.account_id, topic, text))
        most = min(MOST_AT_ONCE, len(messages))
        sent = at_once(lambda each: self._post(delivery.account_id, each), messages, most=most)
        if messages:
            telemetry.done("sent", sockets=len(sent), failed=len(sent) - sum(sent))

    def _messages(self, account_id: str, topic: Topic, text: EventText) -> Iterator[Message]:
        for each in self._sockets.subscribers(account_id, topic.kind):
            binding = Binding(*each.binding.split(".", len(topic) - 1))
            if binding.includes(topic) and not self._is_paused(each.connection):
                yield Message(each, text.of(binding, sees_numbers=each.sees_numbers))

    def _post(self, account_id: str, message: Message) -> bool:
        """Send a message, and return whether the connection took it."""
        connection = message.subscriber.connection
        try:
            self._api.post_to_connection(ConnectionId=connection, Data=message.text)
        except ClientError as error:
            if error.response["Error"]["Code"] == GONE:
                self._forget(Bound(account_id, message.subscriber.binding), connection)
            else:
                self._pause(connection, error)
            return False
        except BotoCoreError as error:
            self._pause(connection, error)
            return False
        return True

    def _forget(self, bound: Bound, connection: str) -> None:
        """Forget a connection that is gone: all that it has, and this binding in any case."""
        try:
            self._sockets.close(connection)
            self._sockets.forget(bound, connection)
        except StateUnavailable:
            telemetry.count("SocketsUnavailable")

    def _pause(self, connection: str, error: Exception) -> None:
        """Send nothing more to a connection for a while: others must not wait for it."""
        self._paused[connection] = time.monotonic() + PAUSE_SECONDS
        telemetry.count("SocketSlow")
        telemetry.done("slow", error=type(error).__name__)

    def _is_paused(self, connection: str) -> bool:
        until = self._paused.get(connection, 0.0)
        if until and until <= time.monotonic():
            self._paused.pop(connection, None)
            return False
        return bool(until)
