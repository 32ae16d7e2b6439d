"""Facts about Crossbar's documents: required fields, types, limits, and defaults.

They are what a client is most likely to get wrong, as JSON schemas (draft 4), and hold where
KAZOO's own schemas are not at hand. Fields that are not listed here are accepted, and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

type JsonSchema = dict[str, Any]


def _text(least: int | None = None, most: int | None = None) -> JsonSchema:
    limits = {"minLength": least, "maxLength": most}
    return {"type": "string", **{name: each for name, each in limits.items() if each is not None}}


def _one(*values: str, default: str = "") -> JsonSchema:
    return {"type": "string", "enum": list(values), **({"default": default} if default else {})}


def _whole(least: int | None = None, most: int | None = None, **more: int) -> JsonSchema:
    limits = {"minimum": least, "maximum": most}
    found = {name: each for name, each in limits.items() if each is not None}
    return {"type": "integer", **found, **more}


def _list(items: JsonSchema, **more: Any) -> JsonSchema:
    return {"type": "array", "items": items, **more}


def _fields(*required: str, **properties: JsonSchema) -> JsonSchema:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed}


_FLAG: Final[JsonSchema] = {"type": "boolean"}
_ON: Final[JsonSchema] = {"type": "boolean", "default": True}
_OFF: Final[JsonSchema] = {"type": "boolean", "default": False}
_OBJECT: Final[JsonSchema] = {"type": "object"}
_TEXTS: Final = _list(_text())
_NAME: Final = _text(1, 128)
_ENDPOINTS: Final = ("internal", "external", "emergency")
_CODECS: Final = (
    "G729", "PCMU", "PCMA", "G722_16", "G722_32", "CELT_48", "CELT_64", "Speex", "GSM", "OPUS",
    "H261", "H263", "H264", "VP8",
)  # fmt: skip

_ACTION: Final = _fields(
    "data",
    "module",
    children={**_OBJECT, "patternProperties": {".+": {"$ref": "callflows.action"}}},
    data={**_OBJECT, "default": {}},
    module=_text(1, 64),
)

_CALLFLOW: Final = _fields(
    featurecode=_fields(name=_NAME, number=_text(1, 30)),
    flags=_TEXTS,
    flow={"$ref": "callflows.action"},
    name=_text(),
    numbers=_list(_text(1, 36), default=[], uniqueItems=True),
    patterns=_list(_text(1), default=[]),
)

_WEBHOOK: Final = _fields(
    "hook",
    "name",
    "uri",
    custom_data={**_OBJECT, "additionalProperties": _text()},
    enabled=_ON,
    format=_one("form-data", "json", default="form-data"),
    hook=_text(),
    http_verb=_one("get", "post", "put", default="post"),
    include_internal_legs=_ON,
    include_subaccounts=_FLAG,
    name=_text(),
    retries=_whole(0, 4, default=2),
    uri=_text(),
)

_GATEWAY: Final = _fields(
    "server",
    bypass_media=_FLAG,
    caller_id_type=_one(*_ENDPOINTS),
    channel_selection=_one("ascending", "descending", default="ascending"),
    codecs=_list({"type": "string", "enum": list(_CODECS)}, uniqueItems=True),
    custom_sip_interface=_text(),
    enabled=_ON,
    endpoint_type=_one("sip", "freetdm", "skype", "amqp", default="sip"),
    force_port=_OFF,
    format_from_uri=_FLAG,
    from_uri_realm=_text(),
    invite_format=_one("route", "username", "e164", "npan", "1npan", "strip_plus", default="route"),
    password=_text(None, 32),
    port=_whole(default=5060),
    prefix=_text(None, 64),
    progress_timeout=_whole(),
    realm=_text(None, 64),
    route=_text(),
    server=_NAME,
    suffix=_text(None, 64),
    username=_text(None, 32),
)

_RESOURCE: Final = _fields(
    "gateways",
    "name",
    cid_rules=_TEXTS,
    emergency=_OFF,
    enabled=_ON,
    flags={**_TEXTS, "default": []},
    format_from_uri=_FLAG,
    from_uri_realm=_text(),
    gateway_strategy=_one("sequential", "random"),
    gateways=_list({**_GATEWAY, "default": {}}),
    grace_period=_whole(1, 20, default=5),
    ignore_flags=_FLAG,
    name=_NAME,
    require_flags=_FLAG,
    rules={**_TEXTS, "default": []},
    weight_cost=_whole(0, 100, default=50),
)

_CLICK_TO_CALL: Final = _fields(
    "extension",
    "name",
    auth_required=_ON,
    caller_id_number=_text(),
    custom_application_vars={
        **_OBJECT,
        "default": {},
        "patternProperties": {r"[a-zA-Z0-9\-_]+": _text()},
    },
    custom_sip_headers=_OBJECT,
    dial_first=_one("extension", "contact"),
    extension=_text(),
    media=_OBJECT,
    music_on_hold=_OBJECT,
    name=_NAME,
    outbound_callee_id_name=_text(),
    outbound_callee_id_number=_text(),
    presence_id=_text(),
    ringback=_text(),
    throttle=_whole(),
    timeout=_whole(),
    whitelist=_list(_text(1)),
)


def _store(handler: str, *required: str, **settings: JsonSchema) -> JsonSchema:
    """Return the schema of one kind of attachment store."""
    return _fields(
        "handler", "settings", handler=_one(handler), settings=_fields(*required, **settings)
    )


_SECRET: Final = _text(1, 128)
_STORES: Final = (
    _store("s3", "bucket", "key", "secret", bucket=_text(6, 63), key=_SECRET, secret=_SECRET),
    _store("http", "url", url=_text(), verb=_one("POST", "PUT", "post", "put")),
    _store("azure", "account", "container", "key"),
    _store("dropbox", "oauth_doc_id", oauth_doc_id=_text(1)),
    _store("google_drive", "oauth_doc_id", oauth_doc_id=_text(1)),
    _store("google_storage"),
    _store("onedrive", "oauth_doc_id", oauth_doc_id=_text(1)),
)
_KEPT_WHERE: Final = _fields(
    attachments=_fields(handler=_text(), params=_OBJECT, stub=_FLAG), connection=_text()
)
_DATABASE: Final = _fields(
    attachments=_fields(handler=_text(), params=_OBJECT, stub=_FLAG),
    connection=_text(),
    types={**_OBJECT, "additionalProperties": _KEPT_WHERE},
)
_STORAGE: Final = _fields(
    attachments={**_OBJECT, "patternProperties": {"^[a-z0-9]{32}$": {"oneOf": [*_STORES]}}},
    connections=_OBJECT,
    plan=_fields(account=_DATABASE, modb=_DATABASE, system=_DATABASE),
)

SCHEMAS: Final[Mapping[str, JsonSchema]] = {
    "accounts": _fields("name", enabled=_ON, name=_NAME, realm=_text(4, 253)),
    "callflows": _CALLFLOW,
    "callflows.action": _ACTION,
    "clicktocall": _CLICK_TO_CALL,
    "devices": _fields(
        "name", device_type=_text(), enabled=_ON, mac_address=_text(), name=_NAME, sip=_OBJECT
    ),
    "phone_numbers": _OBJECT,
    "resources": _RESOURCE,
    "storage": _STORAGE,
    "user_auth": _fields(
        "credentials",
        account_name=_NAME,
        account_realm={**_text(4, 253), "pattern": r"^[.\w_-]+$"},
        credentials=_text(1, 64),
        method=_one("md5", "sha", default="md5"),
        phone_number=_text(1, 64),
    ),
    "users": _fields(
        "first_name",
        "last_name",
        email=_text(),
        enabled=_ON,
        first_name=_NAME,
        last_name=_NAME,
        priv_level=_one("user", "admin", default="user"),
        username=_text(1, 256),
    ),
    "vmboxes": _fields("mailbox", "name", mailbox=_text(1, 30), name=_NAME, pin=_text(4, 15)),
    "webhooks": _WEBHOOK,
}
"""Schemas by the name of KAZOO's own."""
