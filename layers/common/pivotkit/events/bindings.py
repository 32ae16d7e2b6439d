"""Bindings: what clients of KAZOO's WebSockets (blackhole) subscribe to.

Follows `bh_events.erl`, `bh_call.erl`, and `bh_object.erl`. A binding has three parts, the kind,
the event, and the subject: `call.CHANNEL_CREATE.*`, `object.doc_edited.user`. `*` stands for any
event or subject. KAZOO 5 alone has `stream`. Kinds for which KAZOO sends no webhook (`conference`,
`fax`, `presence`, ...) cannot be bound.
"""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import NamedTuple
from urllib.parse import quote

from pivotkit.events.base import Event
from pivotkit.events.channels import ChannelEvent
from pivotkit.events.fields import names_of, number, text, truth, whole
from pivotkit.events.objects import ObjectEvent
from pivotkit.events.parking import ParkingEvent
from pivotkit.events.streams import StreamEvent
from pivotkit.http.parameters import Value

ANY = "*"
CALL_EVENTS = (
    "CHANNEL_CREATE",
    "CHANNEL_ANSWER",
    "CHANNEL_DESTROY",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "CHANNEL_BRIDGE",
    "PARK_PARKED",
    "PARK_RETRIEVED",
    "PARK_ABANDONED",
)
DOC_ACTIONS = ("doc_created", "doc_edited", "doc_deleted")
DOC_TYPES = (
    "account",
    "callflow",
    "device",
    "faxbox",
    "media",
    "user",
    "vmbox",
    "fax",
    "mailbox_message",
    "call_recording",
)
STREAM_EVENTS = ("start", "stop")
_PARTS = 3
_NO_MODULE = "no available subscriptions to requested binding"


class BindingRefused(ValueError):
    """A binding that KAZOO refuses. The message is KAZOO's own."""


class Topic(NamedTuple):
    """The topic of an event: the three parts that a binding is compared with."""

    kind: str
    event: str
    subject: str


class Binding(NamedTuple):
    """A binding as a client writes it."""

    kind: str
    event: str
    subject: str

    @classmethod
    def read(cls, written: str, *, kazoo5: bool = False) -> "Binding":
        """Return the binding that is *written*. Raises `BindingRefused`."""
        kind, *parts = written.split(".")
        if kind not in (_CHECKS if kazoo5 else _KAZOO_4):
            raise BindingRefused(_NO_MODULE)
        if len(parts) != _PARTS - 1:
            raise BindingRefused(f"invalid format for {kind} subscription : {', '.join(parts)}")
        binding = cls(kind, *parts)
        _CHECKS[kind](binding)
        return binding

    def __str__(self) -> str:
        return ".".join(self)

    def includes(self, topic: Topic) -> bool:
        """Tell whether an event about *topic* is one of this binding's."""
        return self.kind == topic.kind and all(
            mine in (ANY, its) for mine, its in zip(self[1:], topic[1:], strict=True)
        )

    @property
    def entries(self) -> int:
        """The number of times that KAZOO 4 lists it: once for each of its message bus's keys."""
        if self.kind == "call" and self.event == ANY:
            return len(CALL_EVENTS)
        return 2 if self.kind == "object" and self.subject == ANY else 1

    def in_account(self, account_id: str, topic: Topic) -> str:
        """Return the key of the message bus (`subscription_key`) that *topic* arrived by."""
        if self.kind == "object":
            database = _database(account_id)
            return f"{self.event}.{database}.{self.subject}.*"
        event = topic.event if self.kind == "call" else self.event
        return f"{self.kind}.{account_id}.{event}.{self.subject}"


def routing_key(account_id: str, topic: Topic, identifier: str) -> str:
    """Return the key under which KAZOO's message bus has an event about *topic*.

    *identifier* is the call's or the document's ID.
    """
    if topic.kind == "object":
        return f"{topic.event}.{_database(account_id)}.{topic.subject}.{_encoded(identifier)}"
    return f"{topic.kind}.{account_id}.{topic.event}.{_encoded(identifier)}"


def topic_of(event: Event) -> Topic | None:
    """Return what *event* is about, or `None` for one that cannot be subscribed to."""
    if isinstance(event, ChannelEvent | ParkingEvent):
        name = event.name.upper()
        return Topic("call", name, event.call_id) if name in CALL_EVENTS else None
    if isinstance(event, ObjectEvent):
        return Topic("object", event.name, event.type or "")
    if isinstance(event, StreamEvent):
        return Topic("stream", event.name.removeprefix("stream_"), event.about)
    return None


def typed(event: Event, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return KAZOO's *values* with the types of the *event*'s fields; times stay Gregorian.

    A form has no types: its numbers and booleans are text.
    """
    kinds = {each.name: str(each.type) for each in dataclass_fields(event)}
    named = names_of(type(event)).items()
    readers = {key: _READERS.get(kinds[name]) for name, key in named}
    return {key: _read(readers.get(key), value) for key, value in values.items()}


def available(*, kazoo5: bool = True) -> dict[str, list[str]]:
    """Return all bindings, as Crossbar lists them (`GET /v2/websockets`)."""
    found = {
        "call": [f"call.{event}.{{CALL_ID}}" for event in CALL_EVENTS],
        "object": [f"object.{action}.{each}" for action in DOC_ACTIONS for each in DOC_TYPES],
    }
    if kazoo5:
        found["stream"] = [f"stream.{event}.{{CALL_ID}}" for event in STREAM_EVENTS]
    return found


def _read(reader: object, value: Value) -> Value:
    found: Value = reader(value) if callable(reader) else None
    return value if found is None else found


def _call(binding: Binding) -> None:
    if binding.event not in (ANY, *CALL_EVENTS):
        raise BindingRefused(f"event {binding.event} not supported")


def _object(binding: Binding) -> None:
    if binding.event not in (ANY, *DOC_ACTIONS) or binding.subject not in (ANY, *DOC_TYPES):
        raise BindingRefused(f"event {binding.event}.{binding.subject} not supported")


def _stream(binding: Binding) -> None:
    if binding.event not in (ANY, *STREAM_EVENTS):
        raise BindingRefused(f"event {binding.event} not supported")


_KAZOO_4 = frozenset({"call", "object"})
_CHECKS = {"call": _call, "object": _object, "stream": _stream}

_READERS = {
    "int | None": whole,
    "float | None": number,
    "bool": truth,
    "bool | None": truth,
    "Gregorian | None": whole,
    "Microseconds | None": whole,
    "str": text,
    "str | None": text,
}


def _database(account_id: str) -> str:
    """The name of an account's database, as it stands in keys."""
    return "%2F".join(("account", account_id[:2], account_id[2:4], account_id[4:]))


def _encoded(identifier: str) -> str:
    """An ID as it stands in keys (`amqp_util:encode/1`): a dot would divide it."""
    return quote(identifier, safe="").replace(".", "%2E")
