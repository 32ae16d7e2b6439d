"""Properties and continuations of the modules in `pivotkit.kazoo.bridging`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.facts.conferences import CONFERENCE
from pivotkit.kazoo.rules import (
    boolean,
    boolean_or,
    fields,
    headers,
    identifier,
    integer,
    list_of,
    number,
    one_of,
    text,
)

_BRIDGE_KEYS = r"[A-Z][A-Z_]+|sip:[1-6][0-9][0-9]"
_RINGTONES = fields({"external": text(1), "internal": text(1)})
_ENDPOINT = fields(
    {
        "id": identifier(128, required=True),
        "endpoint_type": one_of("user", "device", "group", required=True),
        "delay": integer(0),
        "timeout": integer(1),
        "weight": integer(1, 100),
    }
)


def _group(data: Mapping[str, object]) -> str | None:
    return None if "id" in data or data.get("endpoints") else "id or endpoints is required"


def _after_bridge(data: Mapping[str, object]) -> str | None:
    if data["action"] == "transfer":
        return None if isinstance(data.get("data"), str) else "data must be an extension"
    return "data must be True or False" if isinstance(data.get("data"), str) else None


MODULES: Mapping[str, ModuleFacts] = {
    "after_bridge": module(
        {
            "action": one_of("park", "transfer", "hangup", required=True),
            "data": boolean_or(text(1)),
        },
        together=_after_bridge,
    ),
    "conference": module(CONFERENCE, then="never"),
    "device": module(
        {
            "can_call_self": boolean(),
            "can_text_self": boolean(),
            "custom_sip_headers": headers(),
            "delay": integer(0),
            "dial_strategy": one_of("simultaneous", "single"),
            "id": identifier(required=True),
            "static_invite": text(),
            "suppress_clid": boolean(),
            "timeout": integer(0),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "group": module(
        {
            "endpoints": list_of(text(1)),
            "fail_on_single_reject": boolean(),
            "id": identifier(),
            "ignore_forward": boolean(),
            "repeats": integer(1),
            "ringback": text(),
            "ringtones": _RINGTONES,
            "strategy": one_of("single", "simultaneous"),
            "timeout": integer(1),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
        together=_group,
    ),
    "offnet": module(
        {
            "bypass_e164": boolean(),
            "caller_id_type": text(),
            "custom_sip_headers": headers(),
            "do_not_normalize": boolean(),
            "dynamic_flags": list_of(text(1)),
            "emit_account_id": boolean(),
            "format_from_uri": boolean(),
            "from_uri_realm": text(),
            "hunt_account_id": identifier(),
            "ignore_early_media": boolean(),
            "outbound_flags": list_of(text(1)),
            "resource_type": text(),
            "ringback": text(),
            "timeout": integer(1),
            "to_did": number(36),
            "use_local_resources": boolean(),
        },
        then="never",
        keys=_BRIDGE_KEYS,
    ),
    "page_group": module(
        {
            "audio": one_of("one-way", "two-way"),
            "barge_calls": boolean(),
            "endpoints": list_of(_ENDPOINT, 1, required=True),
            "timeout": integer(1),
        },
        then="failure",
    ),
    "resources": module(
        {
            "bypass_e164": boolean(),
            "caller_id_type": text(),
            "custom_sip_headers": headers(),
            "do_not_normalize": boolean(),
            "dynamic_flags": list_of(text(1)),
            "emit_account_id": boolean(),
            "format_from_uri": boolean(),
            "from_uri_realm": text(),
            "hunt_account_id": identifier(),
            "ignore_early_media": boolean(),
            "outbound_flags": list_of(text(1)),
            "resource_type": text(),
            "ringback": text(),
            "timeout": integer(1),
            "to_did": number(36),
            "use_local_resources": boolean(),
        },
        then="never",
        keys=_BRIDGE_KEYS,
    ),
    "ring_group": module(
        {
            "endpoints": list_of(_ENDPOINT, 1, required=True),
            "fail_on_single_reject": boolean(),
            "ignore_forward": boolean(),
            "repeats": integer(1),
            "ringback": text(),
            "ringtones": _RINGTONES,
            "strategy": one_of("simultaneous", "single", "weighted_random"),
            "timeout": integer(1),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "route_to_cid": module(
        {
            "can_call_self": boolean(),
            "can_text_self": boolean(),
            "cid_types": list_of(text(1), 1),
            "delay": integer(0),
            "endpoint_types": list_of(text(1)),
            "static_invite": text(),
            "suppress_clid": boolean(),
            "timeout": integer(0),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "transfer": module(
        {
            "captures": list_of(text(1), 1),
            "leg": one_of("self", "bleg"),
            "target": text(1, required=True),
            "transfer_type": one_of("attended", "blind"),
        },
        then="never",
    ),
    "user": module(
        {
            "can_call_self": boolean(),
            "can_text_self": boolean(),
            "custom_sip_headers": headers(),
            "delay": integer(0),
            "fail_on_single_reject": boolean(),
            "id": identifier(required=True),
            "static_invite": text(),
            "strategy": one_of("simultaneous", "single"),
            "suppress_clid": boolean(),
            "timeout": integer(1),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "voicemail": module(
        {
            "action": one_of("check", "compose"),
            "callerid_match_login": boolean(),
            "id": text(32, 32),
            "interdigit_timeout": integer(1),
            "max_message_length": integer(1),
            "single_mailbox_login": boolean(),
        }
    ),
}
