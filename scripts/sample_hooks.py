"""Deliveries in the sample events of each webhook receiver, by KAZOO's name for the event."""

from typing import Any

from scripts.sample_deliveries import ACCOUNT, CALL, CLUSTER, FAX, GREGORIAN, MORE, notification

type Values = dict[str, Any]

BOX = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
DEVICE = "d0a1b2c3d4e5f60718293a4b5c6d7e8f"
SENT = {name: value for name, value in FAX.items() if name != "call_id"} | {
    "callee_id_number": "+14155550160",
    "caller_id_number": "+14155550142",
    "fax_jobid": FAX["fax_id"],
}


def event(values: Values) -> Values:
    """An event of the account, with the cluster as the last field."""
    return {"account_id": ACCOUNT, **values, "cluster_id": CLUSTER}


def parking(name: str) -> Values:
    """A delivery of the hook `parking` (`webhooks_parking.erl`)."""
    caller = {"caller_id_name": "Zoë Miller", "caller_id_number": "+14155550142"}
    return event({"call_id": CALL, **caller, "event_name": name, "parking_slot": "101"})


def document(action: str) -> Values:
    """A delivery of the hook `object` (`webhooks_object.erl`)."""
    return event({"id": DEVICE, "action": action, "type": "device"})


def message(kind: str, body: str) -> Values:
    """A delivery of the hooks `sms` and `mms` (`webhooks_sms.erl`)."""
    parties = {"from": "+14155550142", "to": "+14155550160"}
    own = {"id": f"6a3c9d2e0f5b4d8c9e7a1f2b3c4d5e{len(body):02x}", "type": kind, **parties}
    return event({**own, "body": body, "origin": "offnet", "charges": 0.01})


def step(name: str) -> Values:
    """A delivery of the callflow action `webhook` (`cf_webhook.erl`)."""
    call = {
        "call_bridged": False,
        "call_direction": "inbound",
        "call_id": CALL,
        "caller_id_name": "Zoë Miller",
        "caller_id_number": "+14155550142",
        "custom_application_vars": {"ticket": "T-1001"},
        "custom_sip_headers": {},
        "fetch_id": "b7e23ec2-9af0-4a0b-8d0f-0c9d2f1e6a55",
        "from": "+14155550142@carrier.example",
        "language": "en-us",
        "request": "6099@acme.sip.example",
        "resource_type": "audio",
        "to": "6099@acme.sip.example",
    }
    return event({**call, "step": name})


def voicemail(name: str, **values: Any) -> Values:
    """A later event of the voicemail in `voicemail_new`."""
    own = {key: value for key, value in MORE["voicemail_new"].items() if key != "event_name"}
    return {**own, **values, "event_name": name, "cluster_id": own.pop("cluster_id")}


PARKED = parking("PARK_PARKED")
EDITED = document("doc_edited")
SMS = message("sms", "Please call me back & bring the form.")
LOW_BALANCE = notification("low_balance", current_balance=1.5)

RECEIVED: dict[str, dict[str, Values]] = {
    "parked_calls": {
        "park_parked": PARKED,
        "park_retrieved": parking("PARK_RETRIEVED"),
        "park_abandoned": parking("PARK_ABANDONED"),
    },
    "faxes": {
        "inbound_fax": MORE["inbound_fax"],
        "inbound_fax_error": MORE["inbound_fax_error"],
        "outbound_fax": notification("outbound_fax", **SENT),
        "outbound_fax_error": notification("outbound_fax_error", **SENT, fax_error="busy"),
        "outbound_smtp_fax_error": notification(
            "outbound_smtp_fax_error",
            errors=["no fax machine answered"],
            fax_from_email="clerk@acme.example",
            fax_to_email="14155550160@fax.acme.example",
            timestamp=GREGORIAN,
        ),
    },
    "voicemails": {
        "voicemail_new": MORE["voicemail_new"],
        "voicemail_saved": voicemail("voicemail_saved"),
        "voicemail_deleted": voicemail("voicemail_deleted", reason="dtmf"),
        "voicemail_full": notification(
            "voicemail_full", max_message_count=100, message_count=100, voicemail_box=BOX
        ),
    },
    "object_changes": {
        "doc_created": document("doc_created"),
        "doc_edited": EDITED,
        "doc_deleted": document("doc_deleted"),
    },
    "messages": {"sms": SMS, "mms": message("mms", "See the picture.")},
    "notifications": {
        "missed_call": MORE["missed_call"],
        "low_balance": LOW_BALANCE,
        "webhook_disabled": notification("webhook_disabled", hook_id=DEVICE[::-1]),
    },
    "custom_events": {"welcome": step("welcome")},
    "everything": {
        "park_parked": PARKED,
        "inbound_fax": MORE["inbound_fax"],
        "voicemail_new": MORE["voicemail_new"],
        "doc_edited": EDITED,
        "sms": SMS,
        "missed_call": MORE["missed_call"],
        "low_balance": LOW_BALANCE,
        "step": step("welcome"),
    },
}
