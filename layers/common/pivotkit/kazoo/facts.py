"""What KAZOO's callflow modules take and how they go on: one table, from which actions are built.

Properties follow KAZOO's schemas `callflows.<module>.json`; how a module goes on follows
`applications/callflow/src/module/cf_<module>.erl`. Times are in the unit that KAZOO gives them.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pivotkit.kazoo.rules import (
    Rule,
    anything,
    boolean,
    fields,
    integer,
    list_of,
    one_of,
    text,
    variables,
)

type Then = Literal["always", "failure", "never"]
"""When the `_` child runs: always, when nobody answered, or never."""


class Module(NamedTuple):
    """A module's properties, when its `_` child runs, and the other child keys it looks at."""

    properties: Mapping[str, Rule]
    then: Then = "always"
    keys: str | None = None


_HTTP = r"https?://[^\s]+"
_ID = text(1)
_BRIDGE_KEYS = r"[A-Z][A-Z_]+|sip:[1-6][0-9][0-9]"
_DIGITS = "0123456789*#"
_DTMF = one_of(*_DIGITS)
_ENDPOINT = fields(
    {
        "id": text(1, 128, required=True),
        "endpoint_type": one_of("user", "device", "group", required=True),
        "delay": integer(0),
        "timeout": integer(1),
        "weight": integer(1, 100),
    }
)

MODULES: Mapping[str, Module] = {
    "answer": Module({}),
    "collect_dtmf": Module(
        {
            "collection_name": text(1),
            "interdigit_timeout": integer(1),
            "max_digits": integer(1),
            "terminator": _DTMF,
            "timeout": integer(1),
        }
    ),
    "device": Module(
        {
            "id": _ID._replace(required=True),
            "can_call_self": boolean(),
            "custom_sip_headers": anything(),
            "delay": integer(0),
            "dial_strategy": one_of("simultaneous", "single"),
            "static_invite": text(),
            "suppress_clid": boolean(),
            "timeout": integer(0),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "hangup": Module({}, then="never"),
    "menu": Module(
        {"id": text(32, 32, required=True), "interdigit_timeout": integer(1)},
        keys=r"[0-9*#]+|timeout|max_retries",
    ),
    "pivot": Module(
        {
            "voice_url": text(1, None, _HTTP, required=True),
            "cdr_url": text(1, None, _HTTP),
            "debug": boolean(),
            "method": one_of("get", "post"),
            "req_body_format": one_of("form", "json"),
            "req_format": one_of("kazoo", "twiml"),
            "req_timeout_ms": integer(1, 5000),
        },
        then="failure",
    ),
    "play": Module(
        {
            "id": _ID._replace(required=True),
            "answer": boolean(),
            "endless_playback": boolean(),
            "loop_count": integer(1),
            "terminators": list_of(_DTMF),
        }
    ),
    "response": Module(
        {"code": integer(400, 699), "media": text(1, 2048), "message": text(1)}, then="never"
    ),
    "ring_group": Module(
        {
            "endpoints": list_of(_ENDPOINT, 1, required=True),
            "fail_on_single_reject": boolean(),
            "ignore_forward": boolean(),
            "repeats": integer(1),
            "ringback": text(1),
            "strategy": one_of("simultaneous", "single", "weighted_random"),
            "timeout": integer(1),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "set_variables": Module(
        {"custom_application_vars": variables(required=True), "export": boolean()}
    ),
    "sleep": Module(
        {"duration": integer(0, 86_400_000), "unit": one_of("ms", "s", "m", "h")},
    ),
    "tts": Module(
        {
            "text": text(1, 1000, required=True),
            "endless_playback": boolean(),
            "engine": one_of("flite", "google", "ispeech", "voicefabric"),
            "language": text(1),
            "terminators": list_of(_DTMF),
            "voice": text(1),
        }
    ),
    "user": Module(
        {
            "id": _ID._replace(required=True),
            "can_call_self": boolean(),
            "custom_sip_headers": anything(),
            "delay": integer(0),
            "fail_on_single_reject": boolean(),
            "static_invite": text(),
            "strategy": one_of("simultaneous", "single"),
            "suppress_clid": boolean(),
            "timeout": integer(1),
        },
        then="failure",
        keys=_BRIDGE_KEYS,
    ),
    "voicemail": Module(
        {
            "id": text(32, 32),
            "action": one_of("compose", "check"),
            "callerid_match_login": boolean(),
            "interdigit_timeout": integer(1),
            "max_message_length": integer(1),
            "single_mailbox_login": boolean(),
        }
    ),
}
