"""Events as blackhole sends them (`blackhole_data_emitter.erl`)."""

import json
import re
from collections.abc import Mapping

from pivotkit.events import Event
from pivotkit.events.bindings import Binding, Topic, routing_key, typed
from pivotkit.events.channels import ChannelEvent
from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery

MOST_BYTES = 128 * 1024
"""API Gateway's limit on a message."""

MOST_TEXT = 1000
"""Characters kept of each text in an event that would otherwise be too large."""

APPLICATION = "pivot-functions"
CATEGORIES = {"call": "call_event", "object": "configuration"}
_IDENTIFIERS = re.compile(r"(?:.*_)?(?:ids?|key)|call_id|timestamp|hangup_code|.*_(?:time|seconds)")
"""Fields without phone numbers, whose digits are not masked."""

_DIGITS = re.compile(r"\d(?:[ ().-]?\d){4,}")
_SHOWN = 2


class EventText:
    """The event of a *delivery* about *topic*, once whole and once without phone numbers."""

    def __init__(self, delivery: Delivery, event: Event, topic: Topic) -> None:
        self._account = delivery.account_id
        self._topic = topic
        self._data = _data(delivery, event, topic)
        self._masked = masked(self._data)
        identifier = str(self._data.get("call_id") or self._data.get("id") or topic.subject)
        self._routing_key = routing_key(self._account, topic, identifier)

    def of(self, binding: Binding, *, sees_numbers: bool) -> bytes:
        """Return the message for a subscriber, of at most `MOST_BYTES`."""
        message = {
            "action": "event",
            "subscribed_key": str(binding),
            "subscription_key": binding.in_account(self._account, self._topic),
            "name": self._topic.event,
            "routing_key": self._routing_key,
        }
        data = self._data if sees_numbers else self._masked
        whole = _json({**message, "data": data})
        if len(whole) <= MOST_BYTES:
            return whole
        cut = _json({**message, "data": {**_cut(data), "cut": True}})
        kept = {name: data[name] for name in _KEPT if name in data}
        return cut if len(cut) <= MOST_BYTES else _json({**message, "data": {**kept, "cut": True}})


_KEPT = ("account_id", "call_id", "event_category", "event_name", "id", "msg_id", "timestamp")
"""The rest of an event that is too large even with its texts cut."""


def masked(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return *values* with the digits of phone numbers masked, but for the last two."""
    return {name: _masked(name, value) for name, value in values.items()}


def _masked(name: str, value: Value) -> Value:
    if isinstance(value, dict):
        return masked(value)
    if isinstance(value, list):
        return [_masked(name, each) for each in value]
    if not isinstance(value, str) or _IDENTIFIERS.fullmatch(name):
        return value
    return _DIGITS.sub(_hidden, value)


def _hidden(found: re.Match[str]) -> str:
    text = found[0]
    return re.sub(r"\d", "\N{BULLET}", text[:-_SHOWN]) + text[-_SHOWN:]


def _data(delivery: Delivery, event: Event, topic: Topic) -> dict[str, Value]:
    """The values that KAZOO sent, with those that every event of its message bus has.

    `msg_id` is the same whenever the delivery comes: clients tell repetitions by it.
    """
    values = typed(event, delivery.values)
    values.pop("hook_event", None)
    common: dict[str, Value] = {
        "account_id": delivery.account_id,
        "app_name": APPLICATION,
        "event_category": CATEGORIES.get(topic.kind, topic.kind),
        "event_name": topic.event,
        "msg_id": delivery.id,
    }
    if isinstance(event, ChannelEvent):
        common["custom_channel_vars"] = _channel_vars(event)
    return {**values, **common}


def _channel_vars(event: ChannelEvent) -> dict[str, Value]:
    """The channel variables that programs look for; a webhook has them beside the event."""
    beside = {
        name: getattr(event, name)
        for name in ("account_id", "authorizing_id", "authorizing_type", "owner_id", "reseller_id")
    }
    return {**event.custom_channel_vars, **{name: each for name, each in beside.items() if each}}


def _cut(value: Value) -> dict[str, Value]:
    found = _shorter(value)
    return found if isinstance(found, dict) else {}


def _shorter(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _shorter(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shorter(item) for item in value]
    return value[:MOST_TEXT] if isinstance(value, str) else value


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
