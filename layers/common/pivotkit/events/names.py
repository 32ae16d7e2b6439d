"""Which event a delivery tells of, and in which module it is described.

KAZOO says it in different places: `hook_event` for channels, `event_name` for parking,
notifications and streams, `action` for documents, `type` for messages, and nowhere for a
callflow's own webhook action.
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
"""The module of each event, by the name that KAZOO gives it, in lower case."""

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
"""What the events of one module have in common."""

_OF_A_CALL = frozenset({"call_bridged", "fetch_id", "request_user", "resource_type"})


def name_in(values: Mapping[str, Value]) -> str:
    """What KAZOO calls the event in *values*, in lower case; '' when nothing says it."""
    action, kind = _word(values, "action"), _word(values, "type")
    said = _word(values, "hook_event") or _word(values, "event_name")
    if not said and action.startswith("doc_"):
        return action
    if said in ("", "inbound") and kind in ("sms", "mms"):
        return kind
    return said or (CALLFLOW_ACTION if is_of_a_callflow(values) else "")


def is_of_a_callflow(values: Mapping[str, Value]) -> bool:
    """Whether it is a call as callflow keeps it (`kapps_call:to_json/1`): its webhook action."""
    return bool(values.get("call_id")) and bool(values.keys() & _OF_A_CALL)


def _word(values: Mapping[str, Value], key: str) -> str:
    return (text(values.get(key)) or "").lower()
