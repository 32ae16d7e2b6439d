"""Customers' endpoints, and events for them as Standard Webhooks (https://www.standardwebhooks.com).

An account's endpoints are its entry `all` of the kind `endpoints` in the Directory:

    {"endpoints": [{"url": "https://...", "secret": "whsec_...", "events": ["missed_call"]}]}

`secret` may hold two secrets, separated by a space, while a customer rotates them. An account has
at most `most_endpoints` of them, so that no account takes the time of others.
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

MOST_ENDPOINTS = 10
"""Default limit on the endpoints of an account."""

ENDPOINTS = "all"
"""The key of the entry."""

_SECRET = re.compile(r"(whsec_)?[A-Za-z0-9+/]{32,86}={0,2}")


class Endpoint(NamedTuple):
    """A customer's endpoint; `events` are KAZOO's names, or `*` for all."""

    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...]

    def wants(self, name: str) -> bool:
        """Return whether the endpoint gets the event *name*."""
        return name in self.events or "*" in self.events


def endpoints_in(
    entry: dict[str, Value], account: str = "", most: int = MOST_ENDPOINTS
) -> Iterator[Endpoint]:
    """Yield the endpoints in the entry of *account*.

    An invalid one, and those behind the first *most*, are left out, logged, and counted.
    """
    endpoints = entry.get("endpoints")
    listed = endpoints if isinstance(endpoints, list) else []
    for value in listed[:most]:
        try:
            yield _endpoint(value)
        except (TypeError, ValueError) as error:
            _leave_out(account, str(error))
    if len(listed) > most:
        _leave_out(
            account,
            f"endpoints has {len(listed)} entries: an account gets events at the first {most}; "
            "remove some in the Directory, or raise its setting most_endpoints",
        )


def _leave_out(account: str, reason: str) -> None:
    noted = {"account_id": account, "reason": reason}
    telemetry.logger().warning("endpoint left out", extra=noted)
    telemetry.count("EndpointUnusable")


def _endpoint(value: Value) -> Endpoint:
    if not isinstance(value, dict):
        raise TypeError("an endpoint must be an object with url, secret, and events")
    url, events = value.get("url"), value.get("events")
    if not isinstance(url, str) or not isinstance(events, list):
        raise TypeError("url must be a text, and events a list of names")
    secrets = str(value.get("secret")).split()
    if not secrets or not all(map(_is_secret, secrets)):
        raise ValueError("secret must be 24 to 64 bytes in Base64")
    return Endpoint(url, tuple(secrets), tuple(map(str, events)))


def _is_secret(text: str) -> bool:
    """Return whether *text* can sign: a number of Base64 digits may still not be whole bytes."""
    try:
        return bool(_SECRET.fullmatch(text) and Webhook(text))
    except ValueError:
        return False


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
