"""The callflow modules that KAZOO executes: the rules of their data, and how they end.

A declarative table of facts about KAZOO master of 2024-03 (74 callflow modules and 4 of ACDc):
module → properties → rules. A property with a default is never required, because
KAZOO fills in defaults before the check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pivotctl.reader.rules import Fields, Flag, Kinds, ListOf, OneOf, SchemaRule, Whole, Words

KEYS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "#", "*")

_FLAG: Final = Flag()
_NUMBER: Final = Whole()
_TEXT: Final = Words()
_POSITIVE: Final = Whole(least=1)
_ID: Final = Words(least=32, most=32)
_OBJECT: Final = Fields()
_TEXTS: Final = ListOf(_TEXT)
_URL: Final = Words(pattern="^https?://", wanted="the whole URL, with http:// or https://")
_DIGITS: Final = Words(pattern="^[0-9]+$", wanted="digits alone")
_FLAG_OR_TEXT: Final = OneOf((_FLAG, _TEXT), "true, false, or a string")
_NUMBER_OR_TEXT: Final = OneOf((_NUMBER, _TEXT), "an integer or a string")
_EMAIL: Final = Words(pattern="^[^@]+@[^@]+$", wanted="an e-mail address")


_SAID_AS: Final = (
    *("number", "items", "persons", "messages", "currency", "time_measurement"),
    *("current_date", "current_time", "current_date_time", "telephone_number"),
    *("telephone_extension", "url", "ip_address", "e-mail_address", "postal_address"),
    *("account_number", "name_spelled", "name_phonetic", "short_date_time"),
)


def _one(*values: str) -> Words:
    return Words(values=values)


@dataclass(frozen=True, slots=True)
class ModuleSchema:
    """One module: the rules of its data, whether it answers the call, whether it ends the flow.

    `branches` are the keys of children with a meaning, besides `_`; a name in angle brackets is a
    placeholder for many keys.
    """

    data: Fields
    branches: tuple[str, ...] = ()
    answers: bool = False
    ends: bool = False


def _module(
    *branches: str,
    required: tuple[str, ...] = (),
    answers: bool = False,
    ends: bool = False,
    shared: Mapping[str, SchemaRule] = MappingProxyType({}),
    **rules: SchemaRule,
) -> ModuleSchema:
    data = Fields({"skip_module": _FLAG, **shared, **rules}, required)
    return ModuleSchema(data, branches, answers=answers, ends=ends)


_FAILURES: Final = ("<hangup cause>", "<sip code>")
_ENDPOINT: Final = Fields(
    {
        "id": Words(least=1, most=128),
        "endpoint_type": _one("device", "user", "group"),
        "delay": _NUMBER,
        "timeout": _NUMBER,
        "weight": Whole(1, 100),
    },
    required=("endpoint_type", "id"),
    example='{"id": "...", "endpoint_type": "user"}',
)
_RINGTONES: Final = Fields({"external": _TEXT, "internal": _TEXT})
_RECIPIENTS: Final = ListOf(
    Fields(
        {
            "id": OneOf((_EMAIL, ListOf(_EMAIL)), "an e-mail address or a list of them"),
            "type": _one("user", "email"),
        },
        required=("id", "type"),
    )
)
_FAX_OPTION: Final = Fields(
    {"fax_option": OneOf((_FLAG, _one("auto", "true", "false")), "true, false or auto")}
)
_PLAYED: Final[Mapping[str, SchemaRule]] = {
    "answer": _FLAG,
    "endless_playback": _FLAG,
    "id": _TEXT,
    "loop_count": _POSITIVE,
    "terminators": _TEXTS,
}
_SPOKEN: Final[Mapping[str, SchemaRule]] = {
    "endless_playback": _FLAG,
    "engine": _one("flite", "google", "ispeech", "voicefabric"),
    "language": _TEXT,
    "terminators": _TEXTS,
    "text": Words(least=1, most=1000),
    "voice": _TEXT,
}
_MACROS: Final[Mapping[str, Fields]] = {
    "play": Fields({**_PLAYED, "skip_module": _FLAG}),
    "prompt": Fields({"id": _TEXT, "language": _TEXT, "terminators": _TEXTS}),
    "say": Fields(
        {
            "gender": _one("masculine", "feminine", "neuter"),
            "language": _TEXT,
            "method": _one("none", "pronounced", "iterated", "counted"),
            "terminators": _TEXTS,
            "text": _TEXT,
            "type": _one(*_SAID_AS),
        }
    ),
    "tone": Fields(
        {
            "duration_off": _NUMBER,
            "duration_on": _NUMBER,
            "frequencies": ListOf(_NUMBER),
            "repeat": _NUMBER,
            "volume": Whole(0, 100),
        }
    ),
    "tts": Fields({**_SPOKEN, "skip_module": _FLAG}, ("text",)),
}
_MACRO: Final = Kinds("macro", _MACROS)
_WELCOME: Final = Fields({"media_id": _TEXT, "play": _FLAG})

_CALLS_OUT: Final[Mapping[str, SchemaRule]] = {
    "bypass_e164": _FLAG,
    "caller_id_type": _TEXT,
    "custom_sip_headers": _OBJECT,
    "do_not_normalize": _FLAG,
    "dynamic_flags": _TEXTS,
    "emit_account_id": _FLAG,
    "format_from_uri": _FLAG,
    "from_uri_realm": _TEXT,
    "hunt_account_id": _TEXT,
    "ignore_early_media": _FLAG,
    "outbound_flags": _TEXTS,
    "resource_type": _TEXT,
    "ringback": _TEXT,
    "timeout": _NUMBER,
    "to_did": _TEXT,
    "use_local_resources": _FLAG,
}
_APPROVED: Final[Mapping[str, SchemaRule]] = {
    "approved_device_id": _TEXT,
    "approved_group_id": _TEXT,
    "approved_user_id": _TEXT,
}
_TARGETS: Final[Mapping[str, SchemaRule]] = {
    "device_id": _TEXT,
    "group_id": _TEXT,
    "user_id": _TEXT,
}
_RINGS: Final[Mapping[str, SchemaRule]] = {
    "can_call_self": _FLAG,
    "can_text_self": _FLAG,
    "delay": _NUMBER,
    "static_invite": _TEXT,
    "suppress_clid": _FLAG,
    "timeout": _NUMBER,
}
_SOUNDS: Final = ("alone", "enter", "exit", "locked", "max-members", "moh", "muted", "unmuted")
_PARTICIPANT: Final = Fields(
    {
        "join_deaf": _FLAG,
        "join_muted": _FLAG,
        "numbers": ListOf(_DIGITS, unique=True),
        "pins": ListOf(_DIGITS),
        "play_entry_prompt": _FLAG,
    }
)
_CONFERENCE_PROFILE: Final = Fields(
    {
        "announce-count": _NUMBER,
        "comfort-noise": Whole(0, 10_000),
        "energy-level": Whole(0, 1800),
        "interval": Whole(10, 120),
        "max-members": Whole(least=2),
        "rate": Whole(values=(8000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000)),
        **dict.fromkeys(("caller-controls", "moderator-controls"), _TEXT),
        **dict.fromkeys((f"{name}-sound" for name in _SOUNDS), _TEXT),
    }
)
_CONFERENCE_CONFIG: Final = Fields(
    {
        "bridge_password": _TEXT,
        "bridge_username": _TEXT,
        "caller_controls": _TEXT,
        "conference_numbers": ListOf(_DIGITS, unique=True),
        "controls": _OBJECT,
        "domain": _TEXT,
        "flags": _TEXTS,
        "focus": _TEXT,
        "language": _TEXT,
        "max_members_media": _TEXT,
        "max_participants": _NUMBER,
        "member": _PARTICIPANT,
        "moderator": _PARTICIPANT,
        "moderator_controls": _TEXT,
        "name": Words(1, 128),
        "owner_id": _ID,
        "play_entry_tone": _FLAG_OR_TEXT,
        "play_exit_tone": _FLAG_OR_TEXT,
        "play_name": _FLAG,
        "play_welcome": _FLAG,
        "profile": _CONFERENCE_PROFILE,
        "profile_name": _TEXT,
        "require_moderator": _FLAG,
        "wait_for_moderator": _FLAG,
    }
)
_CONFERENCE: Final[Mapping[str, SchemaRule]] = {
    "config": _CONFERENCE_CONFIG,
    "id": _ID,
    "moderator": _FLAG,
    "play_entry_tone": _FLAG_OR_TEXT,
    "play_exit_tone": _FLAG_OR_TEXT,
    "welcome_prompt": _WELCOME,
}

_PROMPTS: Final[Mapping[str, ModuleSchema]] = {
    "answer": _module(answers=True),
    "audio_macro": _module(
        required=("macros",), language=_TEXT, macros=ListOf(_MACRO, least=1), terminators=_TEXTS
    ),
    "collect_dtmf": _module(
        answers=True,
        collection_name=_TEXT,
        interdigit_timeout=_POSITIVE,
        max_digits=_POSITIVE,
        terminator=_one(*KEYS),
        terminators=ListOf(_one(*KEYS), unique=True),
        timeout=_POSITIVE,
    ),
    "dead_air": _module(answers=True, ends=True),
    "directory": _module(answers=True, id=_TEXT),
    "flush_dtmf": _module(collection_name=_TEXT),
    "language": _module(
        required=("language",),
        language=Words(
            pattern=r"^[A-Za-z]{2}(-[A-Za-z]{2})?$",
            wanted="a language of two letters such as en, or with a country such as en-us",
        ),
    ),
    "menu": _module(
        "<digits>", "timeout", "max_retries", answers=True, id=_TEXT, interdigit_timeout=_NUMBER
    ),
    "noop": _module(),
    "play": _module(answers=True, shared=_PLAYED),
    "send_dtmf": _module(required=("digits",), digits=_TEXT, duration_ms=_NUMBER_OR_TEXT),
    "sleep": _module(duration=Whole(0, 86_400_000), unit=_one("ms", "s", "m", "h")),
    "tts": _module(required=("text",), answers=True, shared=_SPOKEN),
}

_BRIDGING: Final[Mapping[str, ModuleSchema]] = {
    "acdc_member": _module(id=_TEXT, priority=_NUMBER),
    "conference": _module(ends=True, shared=_CONFERENCE),
    "conference_feature": _module(ends=True, shared=_CONFERENCE),
    "device": _module(
        *_FAILURES,
        shared=_RINGS,
        custom_sip_headers=_OBJECT,
        dial_strategy=_one("simultaneous", "single"),
        id=_TEXT,
    ),
    "disa": _module(
        answers=True,
        enforce_call_restriction=_FLAG,
        interdigit=_NUMBER,
        max_digits=_NUMBER,
        pin=_TEXT,
        preconnect_audio=_one("dialtone", "ringing"),
        retries=_NUMBER,
        ring_repeat_count=_NUMBER,
        use_account_caller_id=_FLAG,
    ),
    "group": _module(
        *_FAILURES,
        endpoints=_TEXTS,
        fail_on_single_reject=_FLAG,
        id=_TEXT,
        ignore_forward=_FLAG,
        repeats=_NUMBER,
        ringback=_TEXT,
        ringtones=_RINGTONES,
        strategy=_one("single", "simultaneous"),
        timeout=_NUMBER,
    ),
    "hotdesk": _module(
        *_FAILURES,
        action=_one("logout", "login", "toggle", "bridge"),
        id=_TEXT,
        interdigit_timeout=_NUMBER,
    ),
    "intercom": _module(barge_calls=_FLAG),
    "offnet": _module(*_FAILURES, shared=_CALLS_OUT),
    "page_group": _module(
        required=("endpoints",),
        audio=_one("one-way", "two-way"),
        barge_calls=_FLAG,
        endpoints=ListOf(_ENDPOINT, least=1),
        timeout=_NUMBER,
    ),
    "resources": _module(*_FAILURES, shared=_CALLS_OUT),
    "ring_group": _module(
        *_FAILURES,
        required=("endpoints",),
        endpoints=ListOf(_ENDPOINT, least=1),
        fail_on_single_reject=_FLAG,
        ignore_forward=_FLAG,
        repeats=_POSITIVE,
        ringback=_TEXT,
        ringtones=_RINGTONES,
        strategy=_one("simultaneous", "single", "weighted_random"),
        timeout=_NUMBER,
    ),
    "route_to_cid": _module(
        *_FAILURES, shared=_RINGS, cid_types=ListOf(_TEXT, least=1), endpoint_types=_TEXTS
    ),
    "transfer": _module(
        ends=True,
        captures=_TEXTS,
        leg=_one("self", "bleg"),
        target=_TEXT,
        transfer_type=_one("attended", "blind"),
    ),
    "user": _module(
        *_FAILURES,
        shared=_RINGS,
        custom_sip_headers=_OBJECT,
        fail_on_single_reject=_FLAG,
        id=_TEXT,
        strategy=_one("simultaneous", "single"),
    ),
    "voicemail": _module(
        answers=True,
        action=_one("check", "compose"),
        callerid_match_login=_FLAG,
        id=_ID,
        interdigit_timeout=_NUMBER,
        max_message_length=_NUMBER,
        single_mailbox_login=_FLAG,
    ),
}

_CONTROL: Final[Mapping[str, ModuleSchema]] = {
    "acdc_wait_time": _module("<seconds>", id=_TEXT, window=_NUMBER),
    "after_bridge": _module(action=_one("park", "transfer", "hangup"), data=_FLAG_OR_TEXT),
    "branch_bnumber": _module("<capture group>", hunt=_FLAG, hunt_allow=_TEXT, hunt_deny=_TEXT),
    "branch_variable": _module(
        "<value>",
        scope=_one("account", "custom_channel_vars", "device", "merged", "user"),
        variable=_TEXT,
    ),
    "callflow": _module(id=_TEXT),
    "check_cid": _module(
        "match",
        "nomatch",
        "<caller number>",
        caller_id=Fields({"external": Fields({"name": _TEXT, "number": _TEXT})}),
        regex=_TEXT,
        use_absolute_mode=_FLAG,
        user_id=_TEXT,
    ),
    "cidlistmatch": _module("match", "nomatch", id=_TEXT),
    "edr": _module(),
    "function": _module(id=_TEXT),
    "hangup": _module(ends=True),
    "nomorobo": _module(
        "<score>",
        required=("username",),
        password=Words(1, 1000),
        username=Words(1, 1000),
    ),
    "notification": _module(
        comments=_TEXT,
        notification_media=ListOf(_one("email", "sms")),
        recipients=_RECIPIENTS,
        send_at=_one("callflow_exec", "channel_destroy"),
        template_id=_TEXT,
    ),
    "missed_call_alert": _module(required=("recipients",), recipients=_RECIPIENTS),
    "pivot": _module(
        required=("voice_url",),
        cdr_url=_URL,
        debug=_FLAG,
        method=_one("get", "post", "GET", "POST"),
        req_body_format=_one("form", "json"),
        req_format=_one("kazoo", "twiml"),
        req_timeout_ms=Whole(most=5000),
        voice_url=_URL,
    ),
    "response": _module(ends=True, code=_NUMBER, media=Words(most=2048), message=_TEXT),
    "set": _module(),
    "set_variable": _module(channel=_one("a", "both"), value=_TEXT, variable=_TEXT),
    "set_variables": _module(custom_application_vars=_OBJECT, export=_FLAG),
    "skel": _module(),
    "temporal_route": _module(
        "<rule id>",
        "rule_set",
        action=_one("menu", "enable", "disable", "reset"),
        interdigit_timeout=_NUMBER,
        rule_set=_TEXT,
        rules=_TEXTS,
        timezone=_TEXT,
    ),
    "wait_for_hangup": _module(ends=True),
    "webhook": _module(
        custom_data=_OBJECT, http_verb=_one("post", "get"), retries=_NUMBER, uri=_TEXT
    ),
}

_IDENTITY: Final[Mapping[str, ModuleSchema]] = {
    "dynamic_cid": _module(
        action=_one("list", "lists", "manual", "static"),
        caller_id=Fields({"name": _TEXT, "number": _TEXT}),
        enforce_call_restriction=_FLAG,
        id=_TEXT,
        idx_name=_TEXT,
        interdigit_timeout=_NUMBER,
        max_digits=_NUMBER,
        media_id=_TEXT,
        min_digits=_NUMBER,
        permit_custom_callflow=_FLAG,
        whitelist_regex=_TEXT,
    ),
    "lookupcidname": _module(lists=_TEXTS),
    "manual_presence": _module(
        required=("presence_id",),
        answers=True,
        presence_id=_TEXT,
        status=_one("idle", "ringing", "busy"),
    ),
    "prepend_cid": _module(
        action=_one("reset", "prepend"),
        apply_to=_one("original", "current"),
        caller_id_name_prefix=_TEXT,
        caller_id_number_prefix=_TEXT,
    ),
    "privacy": _module(
        endpoint_strategy=_one("overwrite", "merge"), mode=_one("full", "name", "number", "yes")
    ),
    "set_alert_info": _module(required=("alert_info",), alert_info=_TEXT),
    "set_cid": _module(caller_id_name=_TEXT, caller_id_number=_TEXT),
}

_FEATURES: Final[Mapping[str, ModuleSchema]] = {
    "acdc_agent": _module(
        answers=True,
        action=_one("login", "logout", "paused", "resume"),
        presence_id=_TEXT,
        presence_state=_one("early", "confirmed", "terminated", "red_flash", "red_solid", "green"),
        timeout=_NUMBER,
    ),
    "acdc_queue": _module(answers=True, action=_one("login", "logout"), id=_TEXT),
    "call_forward": _module(
        answers=True, action=_one("activate", "deactivate", "update", "toggle", "menu")
    ),
    "call_waiting": _module(
        answers=True,
        action=_one("activate", "deactivate", "toggle"),
        scope=_one("device", "user"),
    ),
    "camping_feature": _module(answers=True, ends=True),
    "do_not_disturb": _module(
        answers=True, action=_one("activate", "deactivate", "toggle"), id=_TEXT
    ),
    "eavesdrop": _module(answers=True, ends=True, shared=_APPROVED, device_id=_TEXT, user_id=_TEXT),
    "eavesdrop_feature": _module(ends=True, shared=_APPROVED, group_id=_TEXT),
    "fax_detect": _module("ON_FAX", "ON_VOICE", duration=_NUMBER),
    "faxbox": _module(ends=True, faxbox_id=_TEXT, id=_TEXT, media=_FAX_OPTION),
    "group_pickup": _module(ends=True, shared={**_APPROVED, **_TARGETS}),
    "group_pickup_feature": _module(
        ends=True,
        shared={**_APPROVED, **_TARGETS},
        type=_one("group", "user", "device", "extension"),
    ),
    "intercept": _module(ends=True, shared={**_APPROVED, **_TARGETS}),
    "intercept_feature": _module(
        ends=True, shared=_APPROVED, type=_one("user", "device", "extension")
    ),
    "move": _module(ends=True),
    "park": _module(
        "<slot number>",
        "MAX_SLOT_EXCEEDED",
        action=_one("direct_park", "park", "retrieve", "auto"),
        custom_presence_id=_FLAG,
        default_callback_timeout=_NUMBER,
        default_presence_type=_one("early", "terminated", "confirmed"),
        default_ringback_timeout=_NUMBER,
        max_slot_number=_NUMBER,
        presence_id=_TEXT,
        slot=_TEXT,
        slots=_OBJECT,
    ),
    "receive_fax": _module(ends=True, media=_FAX_OPTION, owner_id=_TEXT),
    "record_call": _module(
        action=_one("start", "stop"),
        format=_one("mp3", "wav"),
        label=_TEXT,
        media_name=_TEXT,
        method=_one("put", "post"),
        origin=_TEXT,
        record_min_sec=_NUMBER,
        record_on_answer=_FLAG,
        record_on_bridge=_FLAG,
        record_sample_rate=_NUMBER,
        should_follow_transfer=_FLAG,
        time_limit=Whole(5, 10_800),
        url=_TEXT,
    ),
    "record_caller": _module(
        answers=True,
        format=_one("mp3", "wav"),
        method=_one("put", "post"),
        time_limit=Whole(5, 10_800),
        url=_TEXT,
    ),
    "ring_group_toggle": _module(
        required=("action", "callflow_id"),
        answers=True,
        action=_one("login", "logout"),
        callflow_id=_TEXT,
    ),
}

MODULES: Final[Mapping[str, ModuleSchema]] = {
    **_PROMPTS,
    **_BRIDGING,
    **_CONTROL,
    **_IDENTITY,
    **_FEATURES,
}
"""Every module that KAZOO executes, by its name in callflow JSON."""

SCHEMA_ONLY: Final[Mapping[str, ModuleSchema]] = {
    "action": ModuleSchema(_OBJECT),
    **{f"audio_macro.{name}": ModuleSchema(_MACROS[name]) for name in ("prompt", "say", "tone")},
}
"""Names of schemas without a module: KAZOO accepts them as modules, and goes on with `_`."""

CLIENT_URLS: Final[Mapping[str, str]] = {
    "pivot": "voice_url",
    "webhook": "uri",
    "record_call": "url",
    "record_caller": "url",
}
"""Properties that KAZOO checks against its list of forbidden hosts."""
