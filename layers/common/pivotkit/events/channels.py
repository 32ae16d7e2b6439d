"""Events of a channel, that is, of one leg of a call.

Fields follow `webhooks_channel_util:base_hook_event/3`. Each leg of a call fires its own events,
with its own `call_id`. KAZOO 4 has no `channel_hold`, `channel_unhold`, and `cdr`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from pivotkit.events.base import Event

if TYPE_CHECKING:
    from pivotkit.events.fields import Object


@dataclass(frozen=True, kw_only=True)
class ChannelEvent(Event):
    """Fields that all channel events share; `account_id` and `call_id` are always present.

    `from_`, `to`, and `request` have the form `user@realm`. Only KAZOO 5 sends `request` and
    `custom_sip_headers`; `custom_channel_vars` are sent only if the operator has allowed them.
    """

    required: ClassVar[tuple[str, ...]] = ("account_id", "call_id")

    call_id: str
    hook_event: str | None = None
    authorizing_id: str | None = None
    authorizing_type: str | None = None
    call_direction: str | None = None
    call_forwarded: bool | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    custom_application_vars: Object = MappingProxyType({})
    custom_channel_vars: Object = MappingProxyType({})
    custom_sip_headers: Object = MappingProxyType({})
    emergency_resource_used: bool | None = None
    from_: str | None = None
    inception: str | None = None
    is_internal_leg: bool | None = None
    local_resource_id: str | None = None
    local_resource_used: bool | None = None
    other_leg_call_id: str | None = None
    owner_id: str | None = None
    request: str | None = None
    reseller_id: str | None = None
    to: str | None = None

    @property
    def about(self) -> str:
        """The leg's call ID."""
        return self.call_id


@dataclass(frozen=True, kw_only=True)
class ChannelCreate(ChannelEvent):
    """A leg was created."""

    hook: ClassVar[str] = "channel_create"


@dataclass(frozen=True, kw_only=True)
class ChannelAnswer(ChannelEvent):
    """A leg was answered."""

    hook: ClassVar[str] = "channel_answer"


@dataclass(frozen=True, kw_only=True)
class ChannelBridge(ChannelEvent):
    """Two legs were bridged."""

    hook: ClassVar[str] = "channel_bridge"

    original_number: str | None = None
    other_leg_destination_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelHold(ChannelEvent):
    """A leg was put on hold."""

    hook: ClassVar[str] = "channel_hold"


@dataclass(frozen=True, kw_only=True)
class ChannelUnhold(ChannelEvent):
    """A leg was taken off hold."""

    hook: ClassVar[str] = "channel_unhold"


@dataclass(frozen=True, kw_only=True)
class ChannelDestroy(ChannelEvent):
    """A leg ended. Durations are in seconds; `hangup_code` looks like `sip:200`."""

    hook: ClassVar[str] = "channel_destroy"

    billing_seconds: int | None = None
    duration_seconds: int | None = None
    hangup_cause: str | None = None
    hangup_code: str | None = None
    ringing_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Cdr(ChannelEvent):
    """The CDR of a leg. Only version 2 has durations (in seconds), hang-up cause, and code."""

    hook: ClassVar[str] = "cdr"

    billing_seconds: int | None = None
    duration_seconds: int | None = None
    hangup_cause: str | None = None
    hangup_code: str | None = None
    ringing_seconds: int | None = None
