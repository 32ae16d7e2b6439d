"""Customers' endpoints, and events for them as Standard Webhooks (https://www.standardwebhooks.com).

An account's endpoints are its entry of the kind `endpoints` in the Directory:

    {"endpoints": [{"url": "https://...", "secret": "whsec_...", "events": ["missed_call"]}]}

`secret` may hold two secrets, separated by a space, while a customer rotates them.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from standardwebhooks import Webhook

from pivotkit.core import telemetry
from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery

INTERNAL = frozenset(
    {
        "amqp_broker",
        "amqp_broker_zone",
        "app_name",
        "app_version",
        "cluster_id",
        "event_category",
        "msg_id",
        "node",
        "server_id",
        "system_log_id",
    }
)
"""Fields about the inside of the cluster, which customers do not get."""

_SECRET = re.compile(r"(whsec_)?[A-Za-z0-9+/]{32,86}={0,2}")


class Endpoint(NamedTuple):
    """A customer's endpoint; `events` are KAZOO's names, or `*` for all."""

    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...]

    def wants(self, name: str) -> bool:
        """Return whether the endpoint gets the event *name*."""
        return name in self.events or "*" in self.events


def endpoints_in(entry: dict[str, Value]) -> Iterator[Endpoint]:
    """Yield the endpoints of an account; an invalid one is counted and left out."""
    endpoints = entry.get("endpoints")
    for value in endpoints if isinstance(endpoints, list) else []:
        try:
            yield _endpoint(value)
        except (TypeError, KeyError, ValueError):
            telemetry.count("EndpointUnusable")


def _endpoint(value: Value) -> Endpoint:
    if not isinstance(value, dict):
        raise TypeError("an endpoint is an object")
    secrets = str(value["secret"]).split()
    if not secrets or not all(map(_SECRET.fullmatch, secrets)):
        raise ValueError("a secret is 24 to 64 bytes in Base64")
    events = value["events"]
    if not isinstance(events, list):
        raise TypeError("events is a list")
    return Endpoint(str(value["url"]), tuple(secrets), tuple(map(str, events)))


def payload(delivery: Delivery) -> str:
    """Return the payload: `type`, `timestamp`, and `data`, as the specification advises."""
    event = delivery.event
    at = event.timestamp or datetime.fromtimestamp(delivery.received_at, UTC)
    sent = delivery.content
    values = {**(sent.custom_data or {}), **sent.values}
    data = {name: value for name, value in values.items() if name not in INTERNAL}
    parts = {"type": delivery.name, "timestamp": at.isoformat(), "data": data}
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def headers(endpoint: Endpoint, delivery_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return the headers: an ID that is the same at every attempt, the time, and signatures."""
    message_id = f"msg_{delivery_id}"
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in endpoint.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "pivot-functions",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
