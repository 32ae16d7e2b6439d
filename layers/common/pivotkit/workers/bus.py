"""Deliveries as events on an EventBridge bus, whose rules route them to queues and workers.

An event's source is `pivot-functions`; its type is KAZOO's name for it (`missed_call`) or
`cdr_url`, and `other` for a name that EventBridge does not take as a type. Its detail:

    key, sort     the delivery's key in CallRecords
    account_id    the account that it belongs to
    name          KAZOO's name for it, if the type is `other`
    received_at   when it arrived, in Unix seconds
    event         the values that KAZOO sent, without KAZOO 5's envelope and without secrets
    custom_data   the names of those values that the hook put beside that envelope, if it had one
    record        the record that the receiver's template made of them, or null
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from pivotkit.events.envelope import Sent
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.client import client
from pivotkit.store.records import Delivery
from pivotkit.workers.bus_limits import detail_type, fitted

SOURCE = "pivot-functions"

SECRETS = frozenset({"account_api_key", "password", "password_reset_link"})
"""Fields that grant access to an account (`new_account`, `new_user`, `password_recovery`)."""


class BusDown(Exception):
    """An event that the bus rejected. `reason` is EventBridge's error code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EventBus:
    """The event bus named by the environment variable EVENT_BUS."""

    def __init__(self) -> None:
        self._name = os.environ["EVENT_BUS"]
        self._client = client("events")

    def put(self, delivery: Delivery) -> None:
        """Put *delivery* on the bus. Raises `BusDown`, or an exception of the AWS SDK."""
        entry = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": detail_type(delivery.name),
            "Detail": detail_of(delivery),
        }
        answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise BusDown(str(answer["Entries"][0].get("ErrorCode")))


def detail_of(delivery: Delivery) -> str:
    """Return the event detail for *delivery* as JSON that fits into an event of the bus."""
    detail: dict[str, Value] = {
        "key": delivery.key,
        "sort": delivery.item["sk"]["S"],
        "account_id": delivery.account_id,
        "received_at": delivery.received_at,
        **_parts(delivery.content),
        "record": json.loads(delivery.item["record"]["S"]) if delivery.record else None,
    }
    if detail_type(delivery.name) != delivery.name:
        detail["name"] = delivery.name
    return fitted(detail)


def delivery_in(detail: Mapping[str, Any]) -> Delivery:
    """Return the delivery described by the *detail* of an event."""
    item: Item = {
        "pk": {"S": detail["key"]},
        "sk": {"S": detail["sort"]},
        "received_at": {"N": str(detail["received_at"])},
    }
    if detail["record"]:
        item["record"] = {"S": _json(detail["record"])}
    return Delivery(detail["key"], item, _sent(detail))


def _parts(content: Sent) -> dict[str, Value]:
    """Return the event with all its values in one place, where rules and workers find them.

    KAZOO's own values take precedence, since a signature does not cover the others.
    """
    own, custom = _open(content.values), _open(content.custom_data or {})
    added = [name for name in custom if name not in own]
    parts: dict[str, Value] = {"event": {**own, **{name: custom[name] for name in added}}}
    return parts if content.custom_data is None else {**parts, "custom_data": [*added]}


def _sent(detail: Mapping[str, Any]) -> Sent:
    """Return the content of an event with this *detail*, as `_parts` found it."""
    event, added = detail["event"], detail.get("custom_data")
    if added is None:
        return Sent(event)
    own = {name: value for name, value in event.items() if name not in added}
    return Sent(own, {name: event[name] for name in added if name in event})


def _open(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in SECRETS}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
