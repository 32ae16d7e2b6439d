"""Properties and continuations of the modules in `pivotkit.kazoo.control`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import anything, boolean, identifier, integer, list_of, one_of, text, url

MODULES: Mapping[str, ModuleFacts] = {
    "answer": module({}),
    "callflow": module(
        {
            "id": identifier(required=True),
        }
    ),
    "dead_air": module({}, then="never"),
    "edr": module({}),
    "function": module(
        {
            "id": identifier(required=True),
        }
    ),
    "hangup": module({}, then="never"),
    "noop": module({}),
    "pivot": module(
        {
            "cdr_url": url(fetched=False),
            "debug": boolean(),
            "method": one_of("get", "post", "GET", "POST"),
            "req_body_format": one_of("form", "json"),
            "req_format": one_of("kazoo", "twiml"),
            "req_timeout_ms": integer(1, 5000),
            "voice_url": url(required=True),
        },
        then="failure",
    ),
    "response": module(
        {
            "code": integer(400, 699),
            "media": text(1, 2048),
            "message": text(1),
        },
        then="never",
    ),
    "skel": module({}),
    "sleep": module(
        {
            "duration": integer(0, 86400000, required=True),
            "unit": one_of("ms", "s", "m", "h"),
        }
    ),
    "temporal_route": module(
        {
            "action": one_of("menu", "enable", "disable", "reset"),
            "interdigit_timeout": integer(1),
            "rule_set": text(),
            "rules": list_of(text(1)),
            "timezone": text(),
        },
        keys="(?!_$).+",
    ),
    "wait_for_hangup": module({}, then="never"),
    "webhook": module(
        {
            "custom_data": anything(),
            "http_verb": one_of("post", "get"),
            "retries": integer(0),
            "uri": url(required=True),
        }
    ),
}
