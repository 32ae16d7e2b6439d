"""What the modules of `pivotkit.kazoo.prompts` take, and how they go on."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import Module, module
from pivotkit.kazoo.rules import Rule, boolean, fields, identifier, integer, list_of, one_of, text

_DTMF = one_of(*"0123456789*#")
_PARTS: Mapping[str, Rule] = {
    "duration_off": integer(0),
    "duration_on": integer(0),
    "frequencies": list_of(integer(1)),
    "repeat": integer(),
    "volume": integer(0, 100),
    "gender": one_of("masculine", "feminine", "neuter"),
    "method": one_of("none", "pronounced", "iterated", "counted"),
    "type": one_of(
        *("number", "items", "persons", "messages", "currency", "time_measurement"),
        *("current_date", "current_time", "current_date_time", "telephone_number"),
        *("telephone_extension", "url", "ip_address", "e-mail_address", "postal_address"),
        *("account_number", "name_spelled", "name_phonetic", "short_date_time"),
    ),
    "text": text(1),
    "language": text(1),
    "id": text(1),
    "terminators": list_of(_DTMF),
}
_MACRO = one_of("play", "prompt", "say", "tts", "tone", required=True)
_NEEDS = {"play": ("id",), "prompt": ("id",), "say": ("text",), "tts": ("text",)}


def _macro(value: object) -> str | None:
    fault = fields({**_PARTS, "macro": _MACRO}).check(value)
    if fault or not isinstance(value, Mapping):
        return fault
    kind = value["macro"]
    missing = [name for name in _NEEDS.get(kind, ("frequencies",)) if name not in value]
    if missing:
        return f"{kind} needs {missing[0]}"
    known = MODULES[kind].properties if kind in {"play", "tts"} else _PARTS
    return fields(known).check(value)


_MACROS = list_of(Rule(_macro, says="macros"), 1, required=True)


MODULES: Mapping[str, Module] = {
    "audio_macro": module(
        {
            "language": text(),
            "macros": _MACROS,
            "terminators": list_of(_DTMF),
        }
    ),
    "collect_dtmf": module(
        {
            "collection_name": text(),
            "interdigit_timeout": integer(1),
            "max_digits": integer(1),
            "terminator": _DTMF,
            "terminators": list_of(_DTMF, unique=True),
            "timeout": integer(1),
        }
    ),
    "directory": module(
        {
            "id": identifier(required=True),
        },
        then="failure",
    ),
    "disa": module(
        {
            "enforce_call_restriction": boolean(),
            "interdigit": integer(1),
            "max_digits": integer(1),
            "pin": text(),
            "preconnect_audio": one_of("dialtone", "ringing"),
            "retries": integer(1),
            "ring_repeat_count": integer(1),
            "use_account_caller_id": boolean(),
        },
        then="failure",
    ),
    "flush_dtmf": module(
        {
            "collection_name": text(),
        }
    ),
    "language": module(
        {
            "language": text(2, 5, "[A-Za-z]{2}(-[A-Za-z]{2})?", required=True),
        }
    ),
    "menu": module(
        {
            "id": text(32, 32, required=True),
            "interdigit_timeout": integer(1),
        },
        keys="[0-9*#]+|timeout|max_retries",
    ),
    "play": module(
        {
            "answer": boolean(),
            "endless_playback": boolean(),
            "id": text(1, required=True),
            "loop_count": integer(1),
            "terminators": list_of(_DTMF),
        }
    ),
    "send_dtmf": module(
        {
            "digits": text(1, None, "[0-9*#A-Da-dWw]+", required=True),
            "duration_ms": integer(1),
        }
    ),
    "tts": module(
        {
            "endless_playback": boolean(),
            "engine": one_of("flite", "google", "ispeech", "voicefabric"),
            "language": text(1),
            "terminators": list_of(_DTMF),
            "text": text(1, 1000, required=True),
            "voice": text(1),
        }
    ),
}
