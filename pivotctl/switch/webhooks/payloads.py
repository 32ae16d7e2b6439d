"""Payloads of KAZOO's hooks: the fields of each, with made-up values.

Fields follow `webhooks_channel_util.erl`, `applications/webhooks/src/modules`, and for
notifications the required and optional headers in `kapi_notifications.erl`. Times are Gregorian
seconds.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pivotctl.switch.http.form_encoding import Json

GREGORIAN_OFFSET = 62_167_219_200
"""Seconds from the year 0 to 1970: KAZOO counts from the former."""

TALK_SECONDS, RING_SECONDS, HEAD_SECONDS = 42, 5, 1
K5_HOOKS = ("channel_hold", "channel_unhold", "cdr", "stream")
PARKING = ("PARK_PARKED", "PARK_RETRIEVED", "PARK_ABANDONED")
_ACTIONS = ("doc_created", "doc_edited", "doc_deleted")
_OBJECTS = ("user", "device", "callflow", "vmbox", "account", "media", "faxbox")
_STREAMS = ("stream_start", "stream_stop")
_REALM, _CARRIER = "acme.sip.example", "pstn.example"
_CALLER, _CALLEE, _DID = "+14155550136", "2001", "+14155550101"


@dataclass(frozen=True)
class EventFacts:
    """Facts of an event: its `number` in a run, and its time `at` in Gregorian seconds."""

    account_id: str
    at: int
    number: int = 0
    call_id: str = ""
    newer: bool = False
    chance: random.Random = field(default_factory=random.SystemRandom)

    def id(self) -> str:
        """Return a new document ID."""
        return f"{self.chance.getrandbits(128):032x}"

    def monthly(self) -> str:
        """Return a new ID of a document in a monthly database."""
        return f"{datetime.fromtimestamp(self.at - GREGORIAN_OFFSET, UTC):%Y%m}-{self.id()}"

    def call(self) -> str:
        """Return the Call-ID: the given one, or a new one."""
        return self.call_id or f"{uuid.UUID(int=self.chance.getrandbits(128))}@198.51.100.77"


@dataclass(frozen=True)
class FiredEvent:
    """An event for a hook: `kind` is the notification's type, or ''.

    `known` are facts that KAZOO has but does not send.
    """

    hook: str
    payload: Mapping[str, Json]
    kind: str = ""
    known: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleLeg:
    """One leg of a call."""

    call_id: str
    other: str
    created: int
    answered: int
    ended: int
    outbound: bool = False


def names() -> list[str]:
    """Return everything that can be fired: hooks, types of notifications, and runs."""
    return sorted({*_HOOKS, *NOTIFICATIONS, *CHANNEL, "call", "notifications", "everything"})


def events(name: str, facts: EventFacts) -> Iterator[FiredEvent]:
    """Yield the events of *name*: a hook, a notification's type, or a run.

    `call` is a call of two legs, `notifications` one of each type, `everything` one of each event.
    """
    if name == "call":
        yield from call(facts)
    elif name in CHANNEL:
        yield FiredEvent(name, channel(name, _legs(facts)[0], facts))
    elif name in NOTIFICATIONS:
        yield FiredEvent("notifications", notification(name, facts), name)
    elif name in _HOOKS:
        yield FiredEvent(name, _HOOKS[name](facts))
    else:
        runs = {"notifications": (*NOTIFICATIONS,)}
        for each in runs.get(name, _all(facts)):
            yield from events(each, facts)


def _all(facts: EventFacts) -> tuple[str, ...]:
    hooks = (*CHANNEL, *_HOOKS, *NOTIFICATIONS)
    return tuple(each for each in hooks if facts.newer or each not in K5_HOOKS)


def with_values(payload: Mapping[str, Json], values: Mapping[str, str]) -> dict[str, Json]:
    """Override *payload* with *values*: as text if the field is text or new, else as JSON."""
    return {
        **payload,
        **{name: _typed(payload.get(name, ""), text) for name, text in values.items()},
    }


def _typed(before: Json, text: str) -> Json:
    if isinstance(before, str):
        return text
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value


# -- channels ----------------------------------------------------------------------------------

CHANNEL = (
    "channel_create", "channel_answer", "channel_bridge", "channel_destroy",
    "channel_hold", "channel_unhold", "cdr",
)  # fmt: skip


def call(facts: EventFacts) -> Iterator[FiredEvent]:
    """Yield all events of a call of two legs, in KAZOO's order."""
    caller, callee = _legs(facts)
    for hook, leg, at in (
        ("channel_create", replace(caller, other=""), caller.created),
        ("channel_create", callee, callee.created),
        ("channel_answer", callee, callee.answered),
        ("channel_answer", replace(caller, other=""), caller.answered),
        ("channel_bridge", caller, caller.answered),
        ("channel_bridge", callee, callee.answered),
        ("channel_destroy", callee, callee.ended),
        ("channel_destroy", caller, caller.ended),
    ):
        payload = channel(hook, leg, replace(facts, at=at))
        yield FiredEvent(hook, payload, known=_interaction(caller, payload))


def _interaction(caller: SampleLeg, payload: Mapping[str, Json]) -> dict[str, Json]:
    """Return the call to which the legs belong, and their request."""
    return {
        "bridge_id": caller.call_id,
        "interaction_time": caller.created,
        "request": payload["to"],
    }


def _legs(facts: EventFacts) -> tuple[SampleLeg, SampleLeg]:
    """Return the caller's leg, which ends now, and the called leg."""
    caller, callee = facts.call(), f"{uuid.UUID(int=facts.chance.getrandbits(128))}"
    answered, began = facts.at - TALK_SECONDS, facts.at - TALK_SECONDS - RING_SECONDS
    return (
        SampleLeg(caller, callee, began - HEAD_SECONDS, answered, facts.at),
        SampleLeg(callee, caller, began, answered, facts.at, outbound=True),
    )


def channel(hook: str, leg: SampleLeg, facts: EventFacts) -> dict[str, Json]:
    """Return the payload of a channel's hook (`base_hook_event/3`); KAZOO 5 adds `request`."""
    named = {"callee_id_name": "Front Desk", "callee_id_number": _CALLEE}
    to = _CALLEE if leg.outbound else _DID
    payload: dict[str, Json] = {
        "account_id": facts.account_id,
        "authorizing_id": _ids("device") if leg.outbound else _ids("resource"),
        "authorizing_type": "device" if leg.outbound else "resource",
        "call_direction": "outbound" if leg.outbound else "inbound",
        "call_id": leg.call_id,
        **(named if leg.other else {}),
        "caller_id_name": "Zoë O'Neill & Sons",
        "caller_id_number": _CALLER,
        "custom_application_vars": {"ticket": f"T-{4711 + facts.number}"},
        "emergency_resource_used": False,
        "from": f"{_CALLER}@{_CARRIER}",
        "local_resource_used": False,
        "is_internal_leg": False,
        **({"other_leg_call_id": leg.other} if leg.other else {}),
        **({"owner_id": _ids("owner")} if leg.outbound else {}),
        "reseller_id": _ids("reseller"),
        "timestamp": facts.at,
        "to": f"{to}@{_REALM}",
        "hook_event": hook,
        **({"request": f"{to}@{_REALM}"} if facts.newer else {}),
    }
    return payload | _more(hook, leg)


def _more(hook: str, leg: SampleLeg) -> dict[str, Json]:
    if hook == "channel_bridge":
        return {"original_number": _DID, "other_leg_destination_number": _CALLEE}
    if hook != "channel_destroy":
        return {}
    return {
        "hangup_cause": "NORMAL_CLEARING",
        "hangup_code": "sip:200",
        "duration_seconds": leg.ended - leg.created,
        "ringing_seconds": leg.answered - leg.created,
        "billing_seconds": leg.ended - leg.answered,
    }


def cdrs(facts: EventFacts) -> Iterator[dict[str, Json]]:
    """Yield the CDRs of a call of two legs for a cdr_url, the called leg's first.

    KAZOO removes Call-ID and Account-ID (`pivot_call:handle_cast({cdr, ...})`).
    """
    for leg in reversed(_legs(facts)):
        yield _cdr(leg, facts)


def _cdr(leg: SampleLeg, facts: EventFacts) -> dict[str, Json]:
    number = _CALLEE if leg.outbound else _DID
    return {
        "Billing-Seconds": leg.ended - leg.answered,
        "Call-Direction": "outbound" if leg.outbound else "inbound",
        "Caller-Destination-Number": number,
        "Caller-ID-Name": "Zoë O'Neill & Sons",
        "Caller-ID-Number": _CALLER,
        "Channel-Created-Time": (leg.created - GREGORIAN_OFFSET) * 1_000_000,
        "Custom-Application-Vars": {"ticket": f"T-{4711 + facts.number}"},
        "Custom-SIP-Headers": {},
        "Disposition": "ANSWER",
        "Duration-Seconds": leg.ended - leg.created,
        "From": f"{_CALLER}@{_CARRIER}",
        "Hangup-Cause": "NORMAL_CLEARING",
        "Hangup-Code": "sip:200",
        "Media-Server": "fs1.voip.example",
        "Other-Leg-Call-ID": leg.other,
        "Request": f"{number}@{_REALM}",
        "Ringing-Seconds": leg.answered - leg.created,
        "Switch-Hostname": "fs1.voip.example",
        "Timestamp": leg.ended,
        "To": f"{number}@{_REALM}",
    }


# -- other hooks -------------------------------------------------------------------------------


def _parking(facts: EventFacts) -> dict[str, Json]:
    return {
        "call_id": facts.call(),
        "callee_id_name": "Front Desk",
        "callee_id_number": _CALLEE,
        "caller_id_name": "Zoë O'Neill & Sons",
        "caller_id_number": _CALLER,
        "event_name": PARKING[facts.number % len(PARKING)],
        "parking_slot": str(701 + facts.number // len(PARKING)),
        "account_id": facts.account_id,
    }


def _object(facts: EventFacts) -> dict[str, Json]:
    return {
        "id": facts.id(),
        "account_id": facts.account_id,
        "action": _ACTIONS[facts.number % len(_ACTIONS)],
        "type": _OBJECTS[facts.number // len(_ACTIONS) % len(_OBJECTS)],
    }


def _message(kind: str, body: str, charges: float) -> Callable[[EventFacts], dict[str, Json]]:
    def made(facts: EventFacts) -> dict[str, Json]:
        return {
            "id": facts.id(),
            "account_id": facts.account_id,
            "type": kind,
            "from": _CALLER,
            "to": _DID,
            "body": body,
            "origin": "offnet",
            "charges": charges,
        }

    return made


def _stream(facts: EventFacts) -> dict[str, Json]:
    return {
        "event_name": _STREAMS[facts.number % len(_STREAMS)],
        "account_id": facts.account_id,
        "call_id": facts.call(),
        "reason": "hangup",
        "stream_id": facts.id()[:8],
        "stream_name": "transcriber",
        "timestamp": facts.at,
    }


def _callflow(facts: EventFacts) -> dict[str, Json]:
    """Return the payload of the callflow action `webhook`: the call, without a hook's name."""
    account = facts.account_id
    return {
        "account_db": f"account%2F{account[:2]}%2F{account[2:4]}%2F{account[4:]}",
        "account_id": account,
        "authorizing_id": _ids("resource"),
        "authorizing_type": "resource",
        "call_bridged": False,
        "call_direction": "inbound",
        "call_id": facts.call(),
        "callee_id_name": "",
        "callee_id_number": "",
        "caller_id_name": "Zoë O'Neill & Sons",
        "caller_id_number": _CALLER,
        "custom_application_vars": {"ticket": f"T-{4711 + facts.number}"},
        "custom_sip_headers": {},
        "fetch_id": str(uuid.UUID(int=facts.chance.getrandbits(128))),
        "from": f"{_CALLER}@{_CARRIER}",
        "from_realm": _CARRIER,
        "from_user": _CALLER,
        "inception": f"{_DID}@{_CARRIER}",
        "is_recording": False,
        "is_call_forward": False,
        "language": "en-us",
        "message_left": False,
        "request": f"{_DID}@{_REALM}",
        "request_realm": _REALM,
        "request_user": _DID,
        "resource_type": "offnet-origination",
        "switch_hostname": "fs1.voip.example",
        "switch_nodename": "freeswitch@fs1.voip.example",
        "switch_uri": "sip:203.0.113.15:11000",
        "switch_url": "sip:mod_sofia@203.0.113.15:11000",
        "to": f"{_DID}@{_REALM}",
        "to_realm": _REALM,
        "to_user": _DID,
    }


_HOOKS: Mapping[str, Callable[[EventFacts], dict[str, Json]]] = {
    "parking": _parking,
    "object": _object,
    "sms": _message("sms", "Is 9:30 still good? + bring the keys & the bill", 0.03),
    "mms": _message("mms", "Our new door", 0.05),
    "callflow": _callflow,
    "stream": _stream,
}


# -- notifications -----------------------------------------------------------------------------


@dataclass(frozen=True)
class NotificationFields:
    """Fields of a notification, required ones first, and the app that sends it."""

    app: str
    required: str
    optional: str = ""

    @property
    def fields(self) -> list[str]:
        """All fields, in their order."""
        return f"{self.required} {self.optional}".split()


_PORT = "authorized_by local_number number number_state port reason version"
_PARTIES = "call_id callee_id_name callee_id_number caller_id_name caller_id_number"
_ROUTE = "from_realm from_user to_realm to_user"
_VOICEMAIL = "voicemail_box voicemail_id voicemail_timestamp"
_MESSAGE = "call_id caller_id_name caller_id_number voicemail_length voicemail_transcription"
_FAX = f"{_PARTIES} fax_info fax_notifications fax_timestamp faxbox_id owner_id"
_SENT = "fax_info fax_notifications fax_timestamp faxbox_id"
_CHARGE = "account_id amount response success timestamp"
_PAID = (
    "add_ons billing_address card_last_four currency_code discounts id purchase_order tax_amount"
)
_CALLER_IDS = (
    "emergency_caller_id_name emergency_caller_id_number outbound_caller_id_name"
    " outbound_caller_id_number"
)
_ADDRESS = (
    "emergency_address_street_1 emergency_address_city emergency_address_region"
    " emergency_address_postal_code"
)
_REGISTRATION = (
    "authorizing_id call_id contact event_timestamp expires from_host from_user network_ip"
    " network_port to_host to_user user_agent"
)
_MISSED = (
    "caller_id_name caller_id_number from_realm from_user notify timestamp to to_realm to_user"
)

NOTIFICATIONS: Mapping[str, NotificationFields] = {
    "account_zone_change": NotificationFields("crossbar", "account_id zones"),
    "bill_reminder": NotificationFields(
        "crossbar", "account_id due_date items timestamp payment_token"
    ),
    "cf_notification": NotificationFields(
        "callflow",
        "account_id template_id",
        "caller_id_name caller_id_number call_id comments notification_media timestamp",
    ),
    "low_balance": NotificationFields("crossbar", "account_id current_balance"),
    "new_account": NotificationFields(
        "crossbar", "account_id", "account_api_key account_name account_realm"
    ),
    "number_feature_manual_action": NotificationFields("crossbar", "account_id number feature"),
    "service_added": NotificationFields("crossbar", "account_id audit_log items timestamp"),
    "topup": NotificationFields("crossbar", _CHARGE, _PAID),
    "transaction": NotificationFields("crossbar", _CHARGE, f"service_plan {_PAID}"),
    "inbound_fax": NotificationFields("fax", f"account_id fax_id {_ROUTE}", _FAX),
    "inbound_fax_error": NotificationFields(
        "fax", f"account_id {_ROUTE}", f"{_PARTIES} fax_error fax_id {_SENT} owner_id"
    ),
    "outbound_fax": NotificationFields(
        "fax",
        "account_id callee_id_number caller_id_number fax_id fax_jobid",
        f"call_id callee_id_name caller_id_name {_SENT}",
    ),
    "outbound_fax_error": NotificationFields(
        "fax", "account_id fax_id fax_jobid", f"{_PARTIES} fax_error {_SENT}"
    ),
    "outbound_smtp_fax_error": NotificationFields(
        "fax",
        "account_id fax_from_email errors timestamp",
        "fax_to_email faxbox_id faxbox_name faxbox_timezone number owner_id original_number",
    ),
    "cnam_request": NotificationFields(
        "crossbar", "account_id number cnam", "acquired_for local_number number_state request"
    ),
    "port_cancel": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "port_comment": NotificationFields("crossbar", "account_id comment port_request_id", _PORT),
    "port_pending": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "port_rejected": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "port_request": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "port_scheduled": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "port_unconfirmed": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "ported": NotificationFields("crossbar", "account_id port_request_id", _PORT),
    "denied_emergency_bridge": NotificationFields("stepswitch", "account_id call_id", _CALLER_IDS),
    "emergency_bridge": NotificationFields(
        "stepswitch",
        "account_id call_id",
        "account_name authorizing_id device_name emergency_to_did emergency_test_call"
        f" {_CALLER_IDS} {_ADDRESS} owner_id user_first_name user_last_name user_email",
    ),
    "deregister": NotificationFields(
        "registrar", "account_id realm username", f"{_REGISTRATION} freeswitch_hostname status"
    ),
    "first_occurrence": NotificationFields("registrar", "account_id occurrence"),
    "missed_call": NotificationFields(
        "callflow", "account_id call_bridged call_id message_left", _MISSED
    ),
    "register": NotificationFields(
        "registrar", "account_id realm username", f"{_REGISTRATION} authorizing_type owner_id"
    ),
    "customer_update": NotificationFields(
        "crossbar", "account_id", "databag recipient_id template_id user_type"
    ),
    "new_user": NotificationFields("crossbar", "account_id user_id"),
    "password_recovery": NotificationFields(
        "crossbar",
        "account_id email password_reset_link",
        "first_name last_name timezone user_id",
    ),
    "voicemail_full": NotificationFields(
        "callflow", "account_id max_message_count message_count voicemail_box"
    ),
    "voicemail_new": NotificationFields("callflow", f"account_id {_ROUTE} {_VOICEMAIL}", _MESSAGE),
    "voicemail_saved": NotificationFields(
        "callflow", f"account_id {_ROUTE} {_VOICEMAIL}", _MESSAGE
    ),
    "voicemail_deleted": NotificationFields(
        "callflow", f"account_id {_ROUTE} reason {_VOICEMAIL}", _MESSAGE
    ),
    "webhook_disabled": NotificationFields("webhooks", "account_id hook_id"),
}
"""Every notification that can reach a hook; `system_alert` has no account, so it cannot."""


def notification(kind: str, facts: EventFacts) -> dict[str, Json]:
    """Return the message of a notification: its own fields, then those of all messages."""
    wanted = NOTIFICATIONS[kind]
    own = {name: _value(kind, name, facts) for name in wanted.fields}
    return own | {
        "app_name": wanted.app,
        "app_version": "4.0.0",
        "event_category": "notification",
        "event_name": kind,
        "msg_id": facts.id(),
        "node": "kazoo_apps@apps1.voip.example",
    }


def _value(kind: str, name: str, facts: EventFacts) -> Json:
    if name == "reason" and kind == "voicemail_deleted":
        return "dtmf"
    if name in _SAMPLES:
        return _SAMPLES[name]
    return _MADE[name](facts)


def _unanswered(facts: EventFacts) -> dict[str, Json]:
    """Return the event of the leg's end that a missed call contains."""
    return {
        "call_id": facts.call(),
        "call_direction": "inbound",
        "caller_id_number": _CALLER,
        "event_category": "call_event",
        "event_name": "CHANNEL_DESTROY",
        "hangup_cause": "ORIGINATOR_CANCEL",
        "hangup_code": "sip:487",
        "timestamp": facts.at,
    }


def _remark(text: str, facts: EventFacts) -> dict[str, Json]:
    return {"content": text, "author": "Number Desk", "timestamp": facts.at}


_MADE: Mapping[str, Callable[[EventFacts], Json]] = {
    "account_id": lambda facts: facts.account_id,
    "acquired_for": lambda facts: facts.account_id,
    "account_api_key": lambda facts: facts.id() + facts.id(),
    "audit_log": lambda facts: {"agent": {"type": "crossbar"}, "tree": [facts.account_id]},
    "call_id": EventFacts.call,
    "comment": lambda facts: (
        _remark("The bill is attached.", facts) | {"superduper_comment": False}
    ),
    "due_date": lambda facts: facts.at + 20 * 86_400,
    "event_timestamp": lambda facts: facts.at,
    "fax_id": EventFacts.monthly,
    "fax_jobid": EventFacts.monthly,
    "fax_timestamp": lambda facts: facts.at,
    "hook_id": EventFacts.id,
    "id": lambda facts: f"txn-{facts.id()[:6]}",
    "notify": _unanswered,
    "port_request_id": EventFacts.id,
    "reason": lambda facts: _remark("The name does not match.", facts),
    "timestamp": lambda facts: facts.at,
    "user_id": EventFacts.id,
    "voicemail_id": EventFacts.monthly,
    "voicemail_timestamp": lambda facts: facts.at,
}


def _ids(what: str) -> str:
    """Return a fixed ID of an object of the sample account."""
    return f"{uuid.uuid5(uuid.NAMESPACE_DNS, f'{what}.{_REALM}').hex}"


_SAMPLES: Mapping[str, Json] = {
    "account_name": "Acme Hardware",
    "account_realm": _REALM,
    "add_ons": [{"id": "extra_line", "quantity": 2}],
    "amount": 40.0,
    "authorized_by": _ids("owner"),
    "authorizing_id": _ids("device"),
    "authorizing_type": "device",
    "billing_address": {"locality": "Oakland", "postal_code": "94607"},
    "call_bridged": False,
    "callee_id_name": "Front Desk",
    "callee_id_number": _DID,
    "caller_id_name": "Zoë O'Neill & Sons",
    "caller_id_number": _CALLER,
    "card_last_four": "4242",
    "cnam": {"display_name": "ACME HARDWARE"},
    "comments": "The door was opened",
    "contact": "sip:user_hm7q@203.0.113.44:5060",
    "currency_code": "USD",
    "current_balance": 3.25,
    "databag": {"plan": "silver"},
    "device_name": "Counter phone",
    "discounts": [{"id": "loyal", "amount": 1.0}],
    "email": "zoe@acme.example",
    "emergency_address_city": "Oakland",
    "emergency_address_postal_code": "94607",
    "emergency_address_region": "CA",
    "emergency_address_street_1": "1 Dock Street",
    "emergency_caller_id_name": "Acme Hardware",
    "emergency_caller_id_number": _DID,
    "emergency_test_call": False,
    "emergency_to_did": "933",
    "errors": ["the number does not answer"],
    "expires": 300,
    "fax_error": "far end hung up",
    "fax_from_email": "desk@acme.example",
    "fax_info": {
        "fax_result_code": "0",
        "fax_result_text": "OK",
        "fax_total_pages": "3",
        "fax_transferred_pages": "3",
    },
    "fax_notifications": {"email": {"send_to": ["desk@acme.example"]}},
    "fax_to_email": "14155550177@fax.acme.example",
    "faxbox_id": _ids("faxbox"),
    "faxbox_name": "Counter fax",
    "faxbox_timezone": "America/Los_Angeles",
    "feature": "e911",
    "first_name": "Zoë",
    "freeswitch_hostname": "fs1.voip.example",
    "from_host": _REALM,
    "from_realm": _CARRIER,
    "from_user": _CALLER,
    "items": [
        {"category": "devices", "item": "sip_device", "quantity": 4, "rate": 6.5},
        {"category": "phone_numbers", "item": "did_us", "quantity": 2, "rate": 1.0},
    ],
    "last_name": "O'Neill",
    "local_number": False,
    "max_message_count": 50,
    "message_count": 50,
    "message_left": False,
    "network_ip": "203.0.113.44",
    "network_port": "5060",
    "notification_media": ["email"],
    "number": _DID,
    "number_state": "in_service",
    "occurrence": "registration",
    "original_number": "4155550101",
    "outbound_caller_id_name": "Acme Hardware",
    "outbound_caller_id_number": _DID,
    "owner_id": _ids("owner"),
    "password_reset_link": "https://ui.acme.example/#/?recovery=once",
    "payment_token": {"bookkeeper": "http", "last_four": "4242"},
    "port": {"name": "Move of the main line", "port_state": "submitted"},
    "purchase_order": "Top up",
    "realm": _REALM,
    "recipient_id": _ids("owner"),
    "request": {"number": _DID},
    "response": "Approved",
    "service_plan": "silver",
    "status": "Unregistered",
    "success": True,
    "tax_amount": "3.10",
    "template_id": "customer_update",
    "timezone": "America/Los_Angeles",
    "to": ["desk@acme.example"],
    "to_host": _REALM,
    "to_realm": _REALM,
    "to_user": _DID,
    "user_agent": "CounterPhone/4.0",
    "user_email": "zoe@acme.example",
    "user_first_name": "Zoë",
    "user_last_name": "O'Neill",
    "user_type": "admins",
    "username": "user_hm7q",
    "version": "v2",
    "voicemail_box": _ids("vmbox"),
    "voicemail_length": 8200,
    "voicemail_transcription": {"text": "Please call me about the door.", "result": "success"},
    "zones": {"home": "zone-west"},
}
