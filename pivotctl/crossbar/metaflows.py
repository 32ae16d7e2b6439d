"""Metaflows on a live channel: their modules, and the data of each.

The modules are those with a schema (`metaflows.<module>.json`); others are refused
(`kz_json_schema_extensions.erl`). Open-source konami has code for fewer (`applications/konami`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pivotctl.crossbar.envelope import validation
from pivotctl.crossbar.shapes import Shape, check

MODULES: Mapping[str, Shape] = {
    "audio_level": {"action": ("start", "stop"), "level": int, "mode": ("read", "write")},
    "break": {},
    "callflow": {"captures": str, "collected": str, "flow": dict, "id": str},
    "hangup": {},
    "hold": {"moh_aleg": str, "moh_bleg": str, "unhold_key": str},
    "hold_control": {"action": ("hold", "unhold", "toggle")},
    "intercept": {
        "auto_answer": bool,
        "can_call_self": bool,
        "target_id": str,
        "target_type": ("device", "user", "number"),
        "unbridged_only": bool,
    },
    "move": {
        "auto_answer": bool,
        "can_call_self": bool,
        "device_id": str,
        "dial_strategy": str,
        "owner_id": str,
    },
    "pivot": {
        "cdr_url": str,
        "debug": bool,
        "method": ("get", "post", "GET", "POST"),
        "req_format": ("kazoo", "twiml"),
        "voice_url": str,
    },
    "play": {"id": str, "leg": ("self", "peer", "both")},
    "record_call": {
        "action": ("mask", "unmask", "start", "stop", "toggle"),
        "format": ("mp3", "wav"),
        "label": str,
        "media_name": str,
        "method": ("put", "post"),
        "origin": str,
        "record_min_sec": int,
        "record_on_answer": bool,
        "record_on_bridge": bool,
        "record_sample_rate": int,
        "time_limit": int,
        "url": str,
    },
    "relate": {"conference_id": str, "relationship": ("deaf", "clear", "mute")},
    "resume": {},
    "say": {
        "gender": ("feminine", "masculine", "neuter"),
        "language": str,
        "method": ("pronounced", "iterated", "counted"),
        "text": str,
        "type": str,
    },
    "sound_touch": {
        "action": ("start", "stop"),
        "adjust_in_octaves": float,
        "adjust_in_semitones": float,
        "hook_dtmf": bool,
        "pitch": float,
        "rate": float,
        "sending_leg": bool,
        "tempo": float,
    },
    "transfer": {
        "captures": list,
        "leg": str,
        "target": str,
        "timeout": int,
        "transfer_type": ("attended", "blind"),
    },
    "tts": {
        "engine": str,
        "language": str,
        "leg": str,
        "terminators": list,
        "text": str,
        "voice": str,
    },
}

KONAMI_PRO = frozenset({"hold_control", "pivot", "relate", "sound_touch"})
"""Modules that open-source konami lacks."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "pivot": ("voice_url",),
    "relate": ("participant_id", "other_participant", "conference_id"),
}


def checked(flow: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check *flow* and its children against the schema `metaflow`. Raises `CrossbarRefusal`."""
    check(flow, {"module": str, "data": dict, "children": dict}, "module")
    module = flow["module"]
    if module not in MODULES:
        text = f"unable to find metaflow schema for module {module}"
        raise validation("module", "not_found", text, cause=module)
    check(flow.get("data", {}), MODULES[module], *REQUIRED.get(module, ()))
    for child in flow.get("children", {}).values():
        checked(child)
    return flow


def target(flow: Mapping[str, Any]) -> str:
    """Return the number of a transfer, or ''.

    `captures` takes precedence over `target` (`konami_transfer.erl`), and the schema gives it a
    default, `["no_match"]`, so a `target` alone is ignored in KAZOO and here.
    """
    data = flow.get("data", {})
    if flow["module"] != "transfer":
        return ""
    return str((data.get("captures") or ["no_match"])[0])
