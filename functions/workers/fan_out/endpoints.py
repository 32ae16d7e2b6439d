"""Events for customers' endpoints, signed as Standard Webhooks (https://www.standardwebhooks.com).

An account's endpoints are its entry of the kind `endpoints` in the Directory:

    {"endpoints": [{"url": "https://...", "secret": "whsec_...", "events": ["missed_call"]}]}

`secret` may hold two, separated by a blank, while a customer changes hers.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from standardwebhooks import Webhook

from pivotkit.core import telemetry
from pivotkit.http.parameters import Value
from pivotkit.services.circuit import Circuit
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery
from pivotkit.workers.once import Once
from public_http import NotReached, post

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
"""What tells of the inside of the cluster, and is no customer's business."""

_SECRET = re.compile(r"(whsec_)?[A-Za-z0-9+/]{32,86}={0,2}")
_GONE = 410
"""What an endpoint answers that wants nothing any more."""


class NotDelivered(Exception):
    """Some endpoints of an account did not take an event; it has to come again for these."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(f"{len(reasons)} endpoint(s): {', '.join(sorted(set(reasons)))}")
        self.reasons = reasons


class Endpoint(NamedTuple):
    """Where a customer wants events, by KAZOO's names for them; `*` is all."""

    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...]

    def wants(self, name: str) -> bool:
        """Whether it wants the event *name*."""
        return name in self.events or "*" in self.events


class FanOut:
    """Sends deliveries to the endpoints of their accounts, each once, within *seconds* each."""

    def __init__(self, seconds: int) -> None:
        self._endpoints = Directory("endpoints")
        self._once = Once()
        self._seconds = float(seconds)
        self._circuits: dict[str, Circuit] = {}

    def send(self, delivery: Delivery) -> None:
        """Send *delivery* to whom it may concern. Raises `NotDelivered` when it has to come again.

        Who took it before is not sent it again.
        """
        reasons = []
        for endpoint in endpoints_in(self._endpoints.get(delivery.account_id) or {}):
            if endpoint.wants(delivery.name):
                try:
                    self._deliver(delivery, endpoint)
                except NotReached as error:
                    reasons.append(error.reason)
        if reasons:
            telemetry.count("EndpointDown")
            raise NotDelivered(reasons)

    def _deliver(self, delivery: Delivery, endpoint: Endpoint) -> None:
        place = sha256(endpoint.url.encode()).hexdigest()[:32]
        circuit = self._circuits.setdefault(place, Circuit())
        self._once(f"{delivery.id} {place}", lambda: self._post(delivery, endpoint, circuit))

    def _post(self, delivery: Delivery, endpoint: Endpoint, circuit: Circuit) -> None:
        if not circuit.admits():
            raise NotReached("left alone after failures")
        body = message(delivery)
        try:
            signed = headers(endpoint, delivery.id, datetime.now(UTC), body)
            post(endpoint.url, body.encode(), signed, seconds=self._seconds)
        except NotReached as error:
            circuit.failed()
            if error.status != _GONE:
                raise
        else:
            circuit.succeeded()


def endpoints_in(entry: dict[str, Value]) -> Iterator[Endpoint]:
    """The endpoints of an account; one that cannot be used is counted and left out."""
    listed = entry.get("endpoints")
    for each in listed if isinstance(listed, list) else []:
        try:
            yield _endpoint(each)
        except (TypeError, KeyError, ValueError):
            telemetry.count("EndpointUnusable")


def _endpoint(value: Value) -> Endpoint:
    if not isinstance(value, dict):
        raise TypeError("an endpoint is an object")
    secrets, events = str(value["secret"]).split(), value["events"]
    if not secrets or not all(map(_SECRET.fullmatch, secrets)):
        raise ValueError("a secret is 24 to 64 bytes in Base64")
    if not isinstance(events, list):
        raise TypeError("events is a list")
    return Endpoint(str(value["url"]), tuple(secrets), tuple(map(str, events)))


def message(delivery: Delivery) -> str:
    """The payload: `type`, `timestamp` and `data`, as the specification advises."""
    event = delivery.event
    at = event.timestamp or datetime.fromtimestamp(delivery.received_at, UTC)
    data = {name: value for name, value in delivery.values.items() if name not in INTERNAL}
    told = {"type": delivery.name, "timestamp": at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def headers(endpoint: Endpoint, delivery_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers: an id that is the same at every try, the time of this one, and signatures."""
    name = f"msg_{delivery_id}"
    signatures = [Webhook(secret).sign(name, at, body) for secret in endpoint.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "pivot-functions",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
