"""Deliveries in the sample events of workers on the event bus, by KAZOO's name for the event."""

from typing import Any

ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
CALL = "3f9d6a0e-72c4-4b18-a5f3-8e1c2d7b9046@203.0.113.25"
CLUSTER = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
GREGORIAN = 63_935_688_600
PARTIES = {
    "caller_id_name": "Zoë Miller",
    "caller_id_number": "+14155550142",
    "from_realm": "carrier.example",
    "from_user": "+14155550142",
    "to_realm": "acme.sip.example",
    "to_user": "6001",
}
ROUTE = ("from_realm", "from_user", "to_realm", "to_user")
"""Fields that a sent fax lacks."""

FAX = {
    "call_id": CALL,
    "fax_id": "202601-5d1b2c3e4f60718293a4b5c6d7e8f901",
    "fax_info": {"fax_result_text": "OK", "fax_total_pages": "2"},
    "fax_timestamp": GREGORIAN,
    "faxbox_id": "e1f2a3b4c5d6e7f8091a2b3c4d5e6f70",
}


def notification(name: str, **values: Any) -> dict[str, Any]:
    """One of KAZOO's notifications, as the hook of the same name delivers it."""
    return {
        "account_id": ACCOUNT,
        **PARTIES,
        **values,
        "app_name": "callflow",
        "app_version": "4.0.0",
        "event_category": "notification",
        "event_name": name,
        "msg_id": "0badc0de0badc0de0badc0de0badc0de",
        "node": "kazoo_apps@kz1.voip.example",
        "cluster_id": CLUSTER,
    }


SENT = notification("outbound_fax", **FAX, callee_id_number="+14155550199", fax_jobid=FAX["fax_id"])
MORE: dict[str, dict[str, Any]] = {
    "missed_call": notification(
        "missed_call",
        call_id=CALL,
        call_bridged=False,
        message_left=False,
        notify={"hangup_cause": "ORIGINATOR_CANCEL"},
        timestamp=GREGORIAN,
    ),
    "voicemail_new": notification(
        "voicemail_new",
        call_id=CALL,
        voicemail_box="f0e1d2c3b4a5968778695a4b3c2d1e0f",
        voicemail_id="202601-0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        voicemail_length=5400,
        voicemail_timestamp=GREGORIAN,
        voicemail_transcription={"result": "success", "text": "Please call me back."},
    ),
    "inbound_fax": notification("inbound_fax", **FAX),
    "outbound_fax": {name: value for name, value in SENT.items() if name not in ROUTE},
    "funnel": {
        "account_id": ACCOUNT,
        "call_id": CALL,
        "hook_event": "funnel",
        "funnel": "welcome",
        "step": "topic",
        "outcome": "asked",
        "number": "1",
        "event_id": "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "cluster_id": CLUSTER,
    },
    "doc_created": {
        "id": "c7d8e9f0a1b2c3d4e5f60718293a4b5c",
        "account_id": ACCOUNT,
        "action": "doc_created",
        "type": "device",
        "cluster_id": CLUSTER,
    },
    "inbound_fax_error": notification("inbound_fax_error", **FAX, fax_error="remote disconnected"),
}
"""Events other than those of a call's legs, with values as KAZOO sends them."""
