"""What KAZOO's webhooks tell of a channel, typed.

Fields follow `webhooks_channel_util:base_hook_event/3`; each leg of a call fires its own events,
under its own `call_id`. The hook is told by `hook_event`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from pivotkit import fields
from pivotkit.errors import Malformed
from pivotkit.parameters import Value

if TYPE_CHECKING:
    from pivotkit.fields import Gregorian, Object

_NAMES = {"from_": "from"}


@dataclass(frozen=True, kw_only=True)
class ChannelEvent:
    """The fields that all channel events have. `other` holds what is not listed here."""

    hook: ClassVar[str]

    account_id: str
    call_id: str
    timestamp: Gregorian | None = None
    authorizing_id: str | None = None
    authorizing_type: str | None = None
    call_direction: str | None = None
    call_forwarded: bool | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    cluster_id: str | None = None
    custom_application_vars: Object = MappingProxyType({})
    custom_channel_vars: Object = MappingProxyType({})
    emergency_resource_used: bool | None = None
    from_: str | None = None
    is_internal_leg: bool | None = None
    local_resource_id: str | None = None
    local_resource_used: bool | None = None
    other_leg_call_id: str | None = None
    owner_id: str | None = None
    request: str | None = None
    reseller_id: str | None = None
    to: str | None = None
    other: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class ChannelCreate(ChannelEvent):
    """A new leg."""

    hook: ClassVar[str] = "channel_create"


@dataclass(frozen=True, kw_only=True)
class ChannelAnswer(ChannelEvent):
    """A leg was answered."""

    hook: ClassVar[str] = "channel_answer"


@dataclass(frozen=True, kw_only=True)
class ChannelBridge(ChannelEvent):
    """Two legs were joined."""

    hook: ClassVar[str] = "channel_bridge"

    original_number: str | None = None
    other_leg_destination_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelDestroy(ChannelEvent):
    """A leg ended. Durations are seconds; `hangup_code` reads like `sip:200`."""

    hook: ClassVar[str] = "channel_destroy"

    billing_seconds: int | None = None
    duration_seconds: int | None = None
    hangup_cause: str | None = None
    hangup_code: str | None = None
    ringing_seconds: int | None = None


EVENTS: Mapping[str, type[ChannelEvent]] = {
    kind.hook: kind for kind in (ChannelCreate, ChannelAnswer, ChannelBridge, ChannelDestroy)
}


def read_event(values: Mapping[str, Value]) -> ChannelEvent | None:
    """The event in *values*, or `None` for a hook that has no type here.

    Raises `Malformed` when a channel event does not say whose or which call it is.
    """
    kind = EVENTS.get(str(values.get("hook_event", "")))
    if kind is None:
        return None
    for name in ("account_id", "call_id"):
        if not fields.text(values.get(name)):
            raise Malformed(f"{name} is missing")
    return fields.read(kind, values, _NAMES)
