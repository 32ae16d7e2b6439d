"""Properties and continuations of the modules in `pivotkit.kazoo.features`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.facts.conferences import CONFERENCE
from pivotkit.kazoo.rules import (
    Rule,
    anything,
    boolean,
    fields,
    identifier,
    integer,
    list_of,
    one_of,
    text,
)

_BRIDGE_KEYS = r"[A-Z][A-Z_]+|sip:[1-6][0-9][0-9]"
_ADDRESS = text(1, None, "[^@]+@[^@]+")
_ADDRESSES = list_of(_ADDRESS)


def _addresses(value: object) -> str | None:
    return (_ADDRESS if isinstance(value, str) else _ADDRESSES).check(value)


_RECIPIENT = fields(
    {
        "id": Rule(_addresses, required=True, says="e-mail address or list of them"),
        "type": one_of("email", required=True),
    }
)
_APPROVED = ("approved_device_id", "approved_user_id", "approved_group_id")
_TARGETS = ("device_id", "user_id", "group_id")


def _approved(data: Mapping[str, object]) -> str | None:
    return (
        None if any(name in data for name in _APPROVED) else f"needs one of {', '.join(_APPROVED)}"
    )


def _target(data: Mapping[str, object]) -> str | None:
    given = sum(name in data for name in _TARGETS)
    return None if given == 1 else f"needs exactly one of {', '.join(_TARGETS)}"


MODULES: Mapping[str, ModuleFacts] = {
    "camping_feature": module({}, then="never"),
    "conference_feature": module(CONFERENCE, then="never"),
    "eavesdrop": module(
        {
            "approved_device_id": identifier(),
            "approved_group_id": identifier(),
            "approved_user_id": identifier(),
            "device_id": identifier(),
            "user_id": identifier(),
        },
        then="never",
        together=_approved,
    ),
    "eavesdrop_feature": module(
        {
            "approved_device_id": identifier(),
            "approved_group_id": identifier(),
            "approved_user_id": identifier(),
            "group_id": identifier(),
        },
        then="never",
        together=_approved,
    ),
    "group_pickup": module(
        {
            "approved_device_id": identifier(),
            "approved_group_id": identifier(),
            "approved_user_id": identifier(),
            "device_id": identifier(),
            "group_id": identifier(),
            "user_id": identifier(),
        },
        then="never",
        together=_target,
    ),
    "group_pickup_feature": module(
        {
            "approved_device_id": identifier(),
            "approved_group_id": identifier(),
            "approved_user_id": identifier(),
            "device_id": identifier(),
            "group_id": identifier(),
            "type": one_of("group", "user", "device", "extension"),
            "user_id": identifier(),
        },
        then="never",
    ),
    "hotdesk": module(
        {
            "action": one_of("logout", "login", "toggle", "bridge", required=True),
            "id": identifier(),
            "interdigit_timeout": integer(1),
        },
        keys=_BRIDGE_KEYS,
    ),
    "intercept": module(
        {
            "approved_device_id": identifier(),
            "approved_group_id": identifier(),
            "approved_user_id": identifier(),
            "device_id": identifier(),
            "group_id": identifier(),
            "user_id": identifier(),
        },
        then="never",
        together=_target,
    ),
    "intercept_feature": module(
        {
            "approved_device_id": identifier(),
            "approved_group_id": identifier(),
            "approved_user_id": identifier(),
            "type": one_of("user", "device", "extension", required=True),
        },
        then="never",
    ),
    "intercom": module(
        {
            "barge_calls": boolean(),
        },
        then="failure",
    ),
    "manual_presence": module(
        {
            "presence_id": text(1, required=True),
            "status": one_of("idle", "ringing", "busy"),
        }
    ),
    "missed_call_alert": module(
        {
            "recipients": list_of(_RECIPIENT, required=True),
        }
    ),
    "move": module({}, then="never"),
    "notification": module(
        {
            "comments": text(),
            "notification_media": list_of(one_of("email", "sms")),
            "recipients": list_of(_RECIPIENT),
            "send_at": one_of("callflow_exec", "channel_destroy"),
            "template_id": identifier(required=True),
        }
    ),
    "park": module(
        {
            "action": one_of("direct_park", "park", "retrieve", "auto"),
            "custom_presence_id": boolean(),
            "default_callback_timeout": integer(0),
            "default_presence_type": one_of("early", "terminated", "confirmed"),
            "default_ringback_timeout": integer(0),
            "max_slot_number": integer(1),
            "presence_id": text(),
            "slot": text(),
            "slots": anything(),
        },
        then="failure",
        keys="(?!_$).+",
    ),
}
