"""Properties and continuations of the modules in `pivotkit.kazoo.prompts`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import Rule, boolean, fields, identifier, integer, list_of, one_of, text

_DTMF = one_of(*"0123456789*#")
_KEYS = list_of(_DTMF)
_PLAY: Mapping[str, Rule] = {
    "answer": boolean(),
    "endless_playback": boolean(),
    "id": text(1, required=True),
    "loop_count": integer(1),
    "terminators": _KEYS,
}
_TTS: Mapping[str, Rule] = {
    "endless_playback": boolean(),
    "engine": one_of("flite", "google", "ispeech", "voicefabric"),
    "language": text(1),
    "terminators": _KEYS,
    "text": text(1, 1000, required=True),
    "voice": text(1),
}
_PROMPT: Mapping[str, Rule] = {
    "id": text(1, required=True),
    "language": text(1),
    "terminators": _KEYS,
}
_SAY: Mapping[str, Rule] = {
    "gender": one_of("masculine", "feminine", "neuter"),
    "language": text(1),
    "method": one_of("none", "pronounced", "iterated", "counted"),
    "terminators": _KEYS,
    "text": text(1, required=True),
    "type": one_of(
        *("number", "items", "persons", "messages", "currency", "time_measurement"),
        *("current_date", "current_time", "current_date_time", "telephone_number"),
        *("telephone_extension", "url", "ip_address", "e-mail_address", "postal_address"),
        *("account_number", "name_spelled", "name_phonetic", "short_date_time"),
    ),
}
_TONE: Mapping[str, Rule] = {
    "duration_off": integer(0),
    "duration_on": integer(0),
    "frequencies": list_of(integer(1), 1, required=True),
    "repeat": integer(),
    "volume": integer(0, 100),
}
_ENTRIES: Mapping[object, Rule] = {
    "play": fields({**_PLAY, "skip_module": boolean()}),
    "prompt": fields(_PROMPT),
    "say": fields(_SAY),
    "tone": fields(_TONE),
    "tts": fields({**_TTS, "skip_module": boolean()}),
}
_KIND = fields({"macro": one_of("play", "prompt", "say", "tts", "tone", required=True)})


def _macro(value: object) -> str | None:
    fault = _KIND.check(value)
    if fault or not isinstance(value, Mapping):
        return fault
    kind = value["macro"]
    fault = _ENTRIES[kind].check(value)
    return fault and f"{kind}: {fault}"


_MACROS = list_of(Rule(_macro, says="macros"), 1, required=True)


MODULES: Mapping[str, ModuleFacts] = {
    "audio_macro": module(
        {
            "language": text(),
            "macros": _MACROS,
            "terminators": _KEYS,
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
            "id": identifier(required=True),
            "interdigit_timeout": integer(1),
        },
        keys="[0-9*#]+|timeout|max_retries",
    ),
    "play": module(_PLAY),
    "send_dtmf": module(
        {
            "digits": text(1, None, "[0-9*#A-Da-dWw]+", required=True),
            "duration_ms": integer(1),
        }
    ),
    "tts": module(_TTS),
}
