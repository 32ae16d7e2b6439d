"""Event names in deliveries, and the module that defines each event.

KAZOO sends the name in different fields: `hook_event` for channels, `event_name` for parking,
notifications, and streams, `action` for documents, and `type` for messages. A callflow's own
webhook action sends no name.
"""

from collections.abc import Mapping

from pivotkit.events.fields import text
from pivotkit.http.parameters import Value

CALLFLOW_ACTION = "callflow_action_webhook"

_NAMES = {
    "callflow": (CALLFLOW_ACTION,),
    "channels": (
        "cdr",
        "channel_answer",
        "channel_bridge",
        "channel_create",
        "channel_destroy",
        "channel_hold",
        "channel_unhold",
    ),
    "faxes": (
        "inbound_fax",
        "inbound_fax_error",
        "outbound_fax",
        "outbound_fax_error",
        "outbound_smtp_fax_error",
    ),
    "messages": ("mms", "sms"),
    "notifications": (
        "account_zone_change",
        "bill_reminder",
        "cf_notification",
        "cnam_request",
        "customer_update",
        "denied_emergency_bridge",
        "deregister",
        "emergency_bridge",
        "first_occurrence",
        "low_balance",
        "missed_call",
        "new_account",
        "new_user",
        "number_feature_manual_action",
        "password_recovery",
        "register",
        "service_added",
        "system_alert",
        "topup",
        "transaction",
        "webhook_disabled",
    ),
    "objects": ("doc_created", "doc_deleted", "doc_edited"),
    "parking": ("park_abandoned", "park_parked", "park_retrieved"),
    "ports": (
        "port_cancel",
        "port_comment",
        "port_pending",
        "port_rejected",
        "port_request",
        "port_scheduled",
        "port_unconfirmed",
        "ported",
    ),
    "streams": ("stream_start", "stream_stop"),
    "voicemails": ("voicemail_deleted", "voicemail_full", "voicemail_new", "voicemail_saved"),
}

MODULES = {name: module for module, names in _NAMES.items() for name in names}
"""The module of each event, by KAZOO's name for it, in lower case."""

BASES = {
    "CallNotification": "notifications",
    "ChannelEvent": "channels",
    "FaxEvent": "faxes",
    "MessageEvent": "messages",
    "ObjectEvent": "objects",
    "ParkingEvent": "parking",
    "PortEvent": "ports",
    "StreamEvent": "streams",
    "VoicemailEvent": "voicemails",
}
"""Base classes of the events in a module, and that module."""

_OF_A_CALL = frozenset({"call_bridged", "fetch_id", "request_user", "resource_type"})


def name_in(values: Mapping[str, Value]) -> str:
    """Return KAZOO's name for the event in *values*, in lower case; '' if there is none."""
    action, kind = _word(values, "action"), _word(values, "type")
    name = _word(values, "hook_event") or _word(values, "event_name")
    if not name and action.startswith("doc_"):
        return action
    if name in ("", "inbound") and kind in ("sms", "mms"):
        return kind
    return name or (CALLFLOW_ACTION if is_of_a_callflow(values) else "")


def is_of_a_callflow(values: Mapping[str, Value]) -> bool:
    """Tell whether *values* are a callflow's view of a call (`kapps_call:to_json/1`).

    Its webhook action sends it.
    """
    return bool(values.get("call_id")) and bool(values.keys() & _OF_A_CALL)


def _word(values: Mapping[str, Value], key: str) -> str:
    return (text(values.get(key)) or "").lower()
