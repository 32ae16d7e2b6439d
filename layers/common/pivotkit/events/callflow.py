"""Events sent by a callflow itself, through its action `webhook` (`cf_webhook.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from pivotkit.events.base import Event

if TYPE_CHECKING:
    from pivotkit.events.fields import Object


@dataclass(frozen=True, kw_only=True)
class CallflowActionWebhook(Event):
    """The callflow's view of the call (`kapps_call:to_json/1`), plus the action's `custom_data`.

    There is no hook behind it, so KAZOO never disables it. It contains neither a time nor the
    action that sent it: put a `hook_event` into `custom_data` to give it a name. `from_`, `to`, and
    `request` have the form `user@realm`.
    """

    hook: ClassVar[str] = "callflow_action_webhook"
    required: ClassVar[tuple[str, ...]] = ("call_id",)

    call_id: str
    account_db: str | None = None
    authorizing_id: str | None = None
    authorizing_type: str | None = None
    bridge_id: str | None = None
    call_bridged: bool | None = None
    call_direction: str | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    custom_application_vars: Object = MappingProxyType({})
    custom_sip_headers: Object = MappingProxyType({})
    fetch_id: str | None = None
    from_: str | None = None
    from_realm: str | None = None
    from_tag: str | None = None
    from_user: str | None = None
    hook_event: str | None = None
    inception: str | None = None
    is_call_forward: bool | None = None
    is_recording: bool | None = None
    language: str | None = None
    message_left: bool | None = None
    other_leg_call_id: str | None = None
    owner_id: str | None = None
    request: str | None = None
    request_realm: str | None = None
    request_user: str | None = None
    resource_type: str | None = None
    switch_hostname: str | None = None
    switch_nodename: str | None = None
    switch_uri: str | None = None
    switch_url: str | None = None
    to: str | None = None
    to_realm: str | None = None
    to_tag: str | None = None
    to_user: str | None = None

    @property
    def name(self) -> str:
        """The name in `hook_event`, or else `callflow_action_webhook`."""
        return (self.hook_event or self.hook).lower()

    @property
    def timed(self) -> bool:
        """Always true: the X-Hook-ID header contains the time, to the second."""
        return True

    @property
    def about(self) -> str:
        """The call's ID."""
        return self.call_id
