"""What happens to a channel, that is to one leg of a call.

Fields follow `webhooks_channel_util:base_hook_event/3`; each leg of a call fires its own events,
under its own `call_id`. `channel_hold`, `channel_unhold` and `cdr` are KAZOO 5's.
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
    """The fields that all channel events have; `account_id` and `call_id` are always there.

    `from_`, `to` and `request` are `user@realm`. `request` and `custom_sip_headers` come from
    KAZOO 5 only, `custom_channel_vars` only when the operator has allowed them.
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
        """The leg."""
        return self.call_id


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
class ChannelHold(ChannelEvent):
    """A leg was put on hold."""

    hook: ClassVar[str] = "channel_hold"


@dataclass(frozen=True, kw_only=True)
class ChannelUnhold(ChannelEvent):
    """A leg was taken from hold."""

    hook: ClassVar[str] = "channel_unhold"


@dataclass(frozen=True, kw_only=True)
class ChannelDestroy(ChannelEvent):
    """A leg ended. Durations are seconds; `hangup_code` reads like `sip:200`."""

    hook: ClassVar[str] = "channel_destroy"

    billing_seconds: int | None = None
    duration_seconds: int | None = None
    hangup_cause: str | None = None
    hangup_code: str | None = None
    ringing_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Cdr(ChannelEvent):
    """The CDR of a leg. The durations (seconds) and the hang-up are in version 2 only."""

    hook: ClassVar[str] = "cdr"

    billing_seconds: int | None = None
    duration_seconds: int | None = None
    hangup_cause: str | None = None
    hangup_code: str | None = None
    ringing_seconds: int | None = None
