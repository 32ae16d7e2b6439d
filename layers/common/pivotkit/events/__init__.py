"""Typed webhook events: one class for each event that KAZOO sends.

A class is named after KAZOO's event: `voicemail_new` is `VoicemailNew`. Its module is loaded on
first use, so a receiver of faxes never loads the channel events.
"""

from collections.abc import Mapping
from importlib import import_module
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from pivotkit.events import fields
from pivotkit.events.base import Event as Event
from pivotkit.events.base import Notification as Notification
from pivotkit.events.base import OtherEvent as OtherEvent
from pivotkit.events.base import OtherNotification as OtherNotification
from pivotkit.events.envelope import Sent, sent_in
from pivotkit.events.fields import text
from pivotkit.events.names import BASES, CALLFLOW_ACTION, MODULES, is_of_a_callflow, name_in
from pivotkit.http.parameters import Value

if TYPE_CHECKING:
    from pivotkit.events.callflow import CallflowActionWebhook as CallflowActionWebhook
    from pivotkit.events.channels import Cdr as Cdr
    from pivotkit.events.channels import ChannelAnswer as ChannelAnswer
    from pivotkit.events.channels import ChannelBridge as ChannelBridge
    from pivotkit.events.channels import ChannelCreate as ChannelCreate
    from pivotkit.events.channels import ChannelDestroy as ChannelDestroy
    from pivotkit.events.channels import ChannelEvent as ChannelEvent
    from pivotkit.events.channels import ChannelHold as ChannelHold
    from pivotkit.events.channels import ChannelUnhold as ChannelUnhold
    from pivotkit.events.faxes import FaxEvent as FaxEvent
    from pivotkit.events.faxes import InboundFax as InboundFax
    from pivotkit.events.faxes import InboundFaxError as InboundFaxError
    from pivotkit.events.faxes import OutboundFax as OutboundFax
    from pivotkit.events.faxes import OutboundFaxError as OutboundFaxError
    from pivotkit.events.faxes import OutboundSmtpFaxError as OutboundSmtpFaxError
    from pivotkit.events.messages import MessageEvent as MessageEvent
    from pivotkit.events.messages import Mms as Mms
    from pivotkit.events.messages import Sms as Sms
    from pivotkit.events.notifications import AccountZoneChange as AccountZoneChange
    from pivotkit.events.notifications import BillReminder as BillReminder
    from pivotkit.events.notifications import CallNotification as CallNotification
    from pivotkit.events.notifications import CfNotification as CfNotification
    from pivotkit.events.notifications import CnamRequest as CnamRequest
    from pivotkit.events.notifications import CustomerUpdate as CustomerUpdate
    from pivotkit.events.notifications import DeniedEmergencyBridge as DeniedEmergencyBridge
    from pivotkit.events.notifications import Deregister as Deregister
    from pivotkit.events.notifications import EmergencyBridge as EmergencyBridge
    from pivotkit.events.notifications import FirstOccurrence as FirstOccurrence
    from pivotkit.events.notifications import LowBalance as LowBalance
    from pivotkit.events.notifications import MissedCall as MissedCall
    from pivotkit.events.notifications import NewAccount as NewAccount
    from pivotkit.events.notifications import NewUser as NewUser
    from pivotkit.events.notifications import (
        NumberFeatureManualAction as NumberFeatureManualAction,
    )
    from pivotkit.events.notifications import PasswordRecovery as PasswordRecovery
    from pivotkit.events.notifications import Register as Register
    from pivotkit.events.notifications import ServiceAdded as ServiceAdded
    from pivotkit.events.notifications import SystemAlert as SystemAlert
    from pivotkit.events.notifications import Topup as Topup
    from pivotkit.events.notifications import Transaction as Transaction
    from pivotkit.events.notifications import WebhookDisabled as WebhookDisabled
    from pivotkit.events.objects import DocCreated as DocCreated
    from pivotkit.events.objects import DocDeleted as DocDeleted
    from pivotkit.events.objects import DocEdited as DocEdited
    from pivotkit.events.objects import ObjectEvent as ObjectEvent
    from pivotkit.events.parking import ParkAbandoned as ParkAbandoned
    from pivotkit.events.parking import ParkingEvent as ParkingEvent
    from pivotkit.events.parking import ParkParked as ParkParked
    from pivotkit.events.parking import ParkRetrieved as ParkRetrieved
    from pivotkit.events.ports import PortCancel as PortCancel
    from pivotkit.events.ports import PortComment as PortComment
    from pivotkit.events.ports import Ported as Ported
    from pivotkit.events.ports import PortEvent as PortEvent
    from pivotkit.events.ports import PortPending as PortPending
    from pivotkit.events.ports import PortRejected as PortRejected
    from pivotkit.events.ports import PortRequest as PortRequest
    from pivotkit.events.ports import PortScheduled as PortScheduled
    from pivotkit.events.ports import PortUnconfirmed as PortUnconfirmed
    from pivotkit.events.streams import StreamEvent as StreamEvent
    from pivotkit.events.streams import StreamStart as StreamStart
    from pivotkit.events.streams import StreamStop as StreamStop
    from pivotkit.events.voicemails import VoicemailDeleted as VoicemailDeleted
    from pivotkit.events.voicemails import VoicemailEvent as VoicemailEvent
    from pivotkit.events.voicemails import VoicemailFull as VoicemailFull
    from pivotkit.events.voicemails import VoicemailNew as VoicemailNew
    from pivotkit.events.voicemails import VoicemailSaved as VoicemailSaved


def _class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


_HOME = {_class_name(name): module for name, module in MODULES.items()} | BASES


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pivotkit.events' has no attribute {name!r}")
    return getattr(import_module(f"pivotkit.events.{_HOME[name]}"), name)


def type_of(name: str) -> type[Event] | None:
    """Return the class of the event that KAZOO calls *name* (`channel_answer`), or `None`."""
    found: type[Event] | None = __getattr__(_class_name(name)) if name in MODULES else None
    return found


def read_event(values: Mapping[str, Value]) -> Event:
    """Return the event in a delivery's *values*, with or without KAZOO 5's envelope.

    It is one of the account that the event itself names. An event that has no class here, or lacks
    a field that its class requires, becomes an `OtherEvent` or an `OtherNotification`. No event is
    rejected.
    """
    sent = sent_in(values)
    return event_of(sent, sent.account_id)


def event_of(sent: Sent, account: str) -> Event:
    """Return the event in *sent* as one of *account*, '' for none, whatever it claims."""
    own, custom = sent.of(account)
    name = name_in(own)
    kind = _kind_of(name, own)
    if kind is None:
        return _untyped(own, name, custom)
    missing = [required for required in kind.required if not text(own.get(required))]
    if missing:
        reason = _missing_fields(missing)
        return fields.read(OtherEvent, {**(custom or {}), **own}, name=name, reason=reason)
    if custom is None:
        custom = _custom_data(kind, own)
        own = {key: value for key, value in own.items() if key not in custom}
    return fields.read(kind, own, custom_data=fields.alike(custom))


def _kind_of(name: str, values: Mapping[str, Value]) -> type[Event] | None:
    """The class of an event; the name of a callflow's webhook action is arbitrary."""
    own = values.get("event_category") != "notification" and is_of_a_callflow(values)
    return type_of(name) or (type_of(CALLFLOW_ACTION) if own else None)


def _untyped(own: Mapping[str, Value], name: str, custom: Mapping[str, Value] | None) -> Event:
    custom_data = fields.alike(custom or {})
    if own.get("event_category") == "notification":
        return fields.read(OtherNotification, own, custom_data=custom_data)
    return fields.read(OtherEvent, own, name=name, custom_data=custom_data)


def _missing_fields(missing: list[str]) -> str:
    verb = "is" if len(missing) == 1 else "are"
    return f"{' and '.join(missing)} {verb} missing"


def _custom_data(kind: type[Event], values: Mapping[str, Value]) -> dict[str, Value]:
    """The fields that the hook's `custom_data` added to an event of *kind*.

    KAZOO appends them after the event's own fields and before `cluster_id`, which it adds last
    (`webhooks_util:fire_hook/2`). They cannot be told apart in canonical JSON (KAZOO 5), which is
    sorted, nor where they override one of the event's fields, which keeps its position.
    """
    uniform = fields.alike(values)
    names = list(uniform)
    if names[-1:] != ["cluster_id"]:
        return {}
    listed = set(fields.names_of(kind).values())
    appended = takewhile(
        lambda name: name not in listed and isinstance(uniform[name], str), reversed(names[:-1])
    )
    return {name: uniform[name] for name in reversed(list(appended))}
