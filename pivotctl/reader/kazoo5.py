"""Additions of KAZOO 5 to callflows: four modules, and more data for others.

From the schemas and modules of its public applications (`kazoo-crossbar`, `kazoo-callflow`,
2026-05).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from pivotctl.problems import Mode
from pivotctl.reader.modules import MODULES, ModuleSchema
from pivotctl.reader.rules import Fields, Flag, ListOf, OneOf, SchemaRule, Whole, Words

_FLAG: Final = Flag()
_NUMBER: Final = Whole()
_TEXT: Final = Words()
_OBJECT: Final = Fields()
_WHOLE_URL: Final = "the whole URL, with http:// or https://"
_URL: Final = Words(least=7, pattern="^https?://", wanted=_WHOLE_URL)
_TEXT_OR_TEXTS: Final = OneOf((_TEXT, ListOf(_TEXT)), "a string or a list of strings")
_TONES: Final = ListOf(
    Fields(
        {
            "duration_off": _NUMBER,
            "duration_on": _NUMBER,
            "frequencies": ListOf(_NUMBER, least=1),
            "repeat": _NUMBER,
            "volume": Whole(most=0),
        },
        required=("frequencies", "duration_off", "duration_on"),
    )
)

ONLY_IN_KAZOO_5: Final[Mapping[str, ModuleSchema]] = {
    "call_pickup": ModuleSchema(
        Fields({"skip_module": _FLAG, "target_call_id": Words(least=1)}), ends=True
    ),
    "detect_speech": ModuleSchema(
        Fields(
            {
                "action": Words(values=("start", "stop")),
                "asr_engine": _TEXT,
                "asr_params": _OBJECT,
                "asr_settings": _OBJECT,
                "skip_module": _FLAG,
            }
        )
    ),
    "doorman": ModuleSchema(
        Fields(
            {
                "call_timeout": _NUMBER,
                "caller_greeting": _TEXT,
                "caller_id_name": _TEXT,
                "failover_strategy": Words(values=("hangup", "voicemail")),
                "id": _TEXT,
                "max_menu_attempts": _NUMBER,
                "origin": _TEXT,
                "recording_limit": _NUMBER,
                "skip_module": _FLAG,
                "tones": _TONES,
                "vmbox_id": _TEXT,
            },
            required=("id",),
        ),
        answers=True,
    ),
    "tones": ModuleSchema(Fields({"skip_module": _FLAG, "tones": _TONES}), answers=True),
}
"""Modules that KAZOO master lacks."""


def _wider(
    name: str,
    shared: Mapping[str, SchemaRule] = MappingProxyType({}),
    /,
    *,
    required: tuple[str, ...] | None = None,
    either: tuple[tuple[str, ...], ...] = (),
    **rules: SchemaRule,
) -> ModuleSchema:
    """Return a module of KAZOO master with the additional data of KAZOO 5."""
    known = MODULES[name]
    wanted = known.data.required if required is None else required
    data = replace(
        known.data, rules={**known.data.rules, **shared, **rules}, required=wanted, either=either
    )
    return replace(known, data=data)


_GROUP: Final[Mapping[str, SchemaRule]] = {
    "group_name": _TEXT,
    "hard_stop_after_successful_group": _FLAG,
    "ignore_early_media": _FLAG,
    "sca": Fields({"enabled": _FLAG}),
}
_ADDRESSES: Final = Fields({"emergency": _OBJECT})
_ACTION: Final = Fields(
    {"module": Words(least=1, most=64), "data": _OBJECT, "children": _OBJECT}, required=("module",)
)
_RECIPIENTS: Final = ListOf(
    Fields({"id": _TEXT_OR_TEXTS, "type": Words(values=("user", "email"))}, required=("id", "type"))
)
_SERVERLESS: Final = Fields(
    {
        "flow_doc": OneOf((Words(least=1), _OBJECT), "a string or an object"),
        "flow_type": Words(values=("application/json", "application/xml", "text/xml")),
    },
    required=("flow_doc", "flow_type"),
)
_SCOPES: Final = ("account", "custom_channel_vars", "device", "merged", "user", "doc")

_WIDER: Final[Mapping[str, ModuleSchema]] = {
    "branch_variable": _wider(
        "branch_variable",
        required=("variable",),
        id=_TEXT,
        scope=Words(values=_SCOPES),
        variable=_TEXT_OR_TEXTS,
    ),
    "call_forward": _wider("call_forward", menu_retries=_NUMBER),
    "callflow": _wider(
        "callflow",
        either=(("id",), ("doc_id", "path"), ("flow",)),
        doc_id=_TEXT,
        path=_TEXT_OR_TEXTS,
        flow=_ACTION,
    ),
    "device": _wider("device", fail_on_single_reject=_FLAG),
    "group": _wider("group", _GROUP, group_id=_TEXT),
    "missed_call_alert": _wider(
        "missed_call_alert", alert_on_internal_calls=_FLAG, recipients=_RECIPIENTS
    ),
    "offnet": _wider("offnet", addresses=_ADDRESSES),
    "park": _wider("park", force_presence_user=_FLAG),
    "pivot": _wider(
        "pivot",
        required=(),
        either=(("voice_url",), ("serverless",)),
        cdr_url=_URL,
        custom_request_headers=Fields(matching=("^[xX|]-", _TEXT)),
        serverless=_SERVERLESS,
        voice_url=_URL,
    ),
    "record_call": _wider("record_call", media_id=_TEXT, url=Words(least=5)),
    "record_caller": _wider(
        "record_caller",
        media_id=_TEXT,
        media_name=_TEXT,
        origin=_TEXT,
        record_min_sec=_NUMBER,
        record_on_answer=_FLAG,
        record_on_bridge=_FLAG,
        record_sample_rate=_NUMBER,
        should_follow_transfer=_FLAG,
        url=Words(least=5),
    ),
    "resources": _wider("resources", addresses=_ADDRESSES),
    "ring_group": _wider(
        "ring_group",
        _GROUP,
        required=(),
        either=(("endpoints",), ("group_id",)),
        group_id=Words(least=1, most=128),
    ),
    "webhook": _wider("webhook", custom_request_headers=_OBJECT, uri=Words(least=6)),
}

_MODULES: Final[Mapping[str, ModuleSchema]] = {**MODULES, **ONLY_IN_KAZOO_5, **_WIDER}


def modules_of(mode: Mode) -> Mapping[str, ModuleSchema]:
    """Return the modules that a version of KAZOO executes, by their names in callflow JSON."""
    return _MODULES if mode is Mode.K5 else MODULES
