"""State that KAZOO keeps of a call, and the request parameters made from it.

Follows `kzt_kazoo:req_params/1`, `kzt_twiml:req_params/1`, `kzt_util:get_request_vars/1` and
`kzt_translator:get_user_vars/1`. The order of parameters is the order on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pivotctl.switch.http.form_encoding import Json

DEFAULT_COLLECTION = "default"


@dataclass(slots=True)
class KazooCall:
    """One call as KAZOO's `kapps_call` holds it; the switch changes it while the call runs.

    `collections` are DTMF collections by name; `digits` the keys that TwiML verbs collected (None:
    nothing so far); `digit_pressed` the key that ended a `<Record>`, which stays for good.
    `rewritten` and `prefixes` change the name and number that called phones show; KAZOO's requests
    keep the caller's own (`kz_attributes`).
    """

    account_id: str
    call_id: str
    caller_number: str = "anonymous"
    caller_name: str = "unknown"
    from_user: str = "anonymous"
    from_realm: str = "pstn.example"
    to_user: str = "2030"
    to_realm: str = "acme.sip.example"
    request_user: str = "2030"
    request_realm: str = "acme.sip.example"
    language: str = "en-us"
    owners: tuple[str, ...] = ()
    sip_headers: dict[str, Json] = field(default_factory=dict)
    application_vars: dict[str, Json] = field(default_factory=dict)
    collections: dict[str, str] | None = None
    digits: str | None = None
    digit_pressed: str | None = None
    recording_url: str | None = None
    recording_duration: int | None = None
    recording_id: str | None = None
    transcription: dict[str, str] = field(default_factory=dict)
    call_status: str | None = None
    dial_call_status: str | None = None
    dial_call_id: str | None = None
    queue_id: str | None = None
    user_vars: dict[str, Json] = field(default_factory=dict)
    rewritten: tuple[str, str] = ("", "")
    prefixes: tuple[str, str] = ("", "")

    @property
    def shown(self) -> str:
        """The caller's name and number as called phones show them."""
        own = (self.caller_name, self.caller_number)
        parts = zip(self.prefixes, self.rewritten, own, strict=True)
        return " ".join(prefix + (new or old) for prefix, new, old in parts)

    def change_identity(self, name: str, number: str) -> None:
        """Change the caller's own name and number; an empty one stays."""
        self.caller_name = name or self.caller_name
        self.caller_number = number or self.caller_number

    def collect(self, keys: str, name: str = DEFAULT_COLLECTION) -> None:
        """Store `keys` as the collection `name` (`kapps_call:set_dtmf_collection/3`)."""
        self.collections = {**(self.collections or {}), name: keys}

    def type_ahead(self, keys: str) -> None:
        """Add keys that were pressed during a prompt to the default collection."""
        self.collect((self.collections or {}).get(DEFAULT_COLLECTION, "") + keys)

    def take_type_ahead(self) -> str:
        """Empty the default collection, and return its keys."""
        collections = dict(self.collections or {})
        keys = collections.pop(DEFAULT_COLLECTION, "")
        self.collections = collections if self.collections is not None else None
        return keys

    def set_application_vars(self, values: dict[str, Json]) -> None:
        """Merge key by key; a null deletes (`kapps_call:set_custom_application_vars/3`)."""
        merged = {**self.application_vars, **values}
        self.application_vars = {key: value for key, value in merged.items() if value is not None}

    def add_digit(self, keys: str) -> None:
        """Append keys to those that TwiML verbs have collected."""
        self.digits = (self.digits or "") + keys

    def set_user_var(self, key: str, value: str | None) -> None:
        """`<Set>`: store a variable, and with it every current request variable.

        A value that KAZOO has lost, None, changes no variable.
        """
        self.user_vars = user_variables(self) | ({} if value is None else {key: value})


def digits_parameter(call: KazooCall) -> Json:
    """Return `Digits`: the key that ended a recording, or the collections, or None."""
    if call.digit_pressed is not None:
        return call.digit_pressed
    if call.collections is None:
        return None
    return dict(sorted(call.collections.items()))


def user_variables(call: KazooCall) -> dict[str, Json]:
    """Return the variables that both formats have, under TwiML's names, and those of `<Set>`."""
    current: dict[str, Json] = {
        "CallStatus": call.call_status,
        "QueueSid": call.queue_id,
        "DialCallSid": call.dial_call_id,
        "DialCallStatus": call.dial_call_status,
        "RecordingDuration": call.recording_duration,
        "RecordingUrl": call.recording_url,
        "Digits": call.digits,
    }
    return call.user_vars | _defined(current)


def parameters(call: KazooCall, req_format: str) -> dict[str, Json]:
    """Return every parameter of a request in wire order; an unknown format has none."""
    match req_format:
        case "kazoo":
            base = _kazoo_parameters(call)
        case "twiml":
            base = _twiml_parameters(call)
        case _:
            return {}
    return user_variables(call) | _defined(base)


def _kazoo_parameters(call: KazooCall) -> dict[str, Json]:
    owners: Json = list(call.owners) if len(call.owners) > 1 else "".join(call.owners) or None
    transcription = call.transcription
    return {
        "User-ID": owners,
        "Transcription-Url": transcription.get("url"),
        "Transcription-Text": transcription.get("text"),
        "Transcription-Status": transcription.get("status"),
        "Transcription-ID": transcription.get("id"),
        "To-Realm": call.to_realm,
        "To": call.to_user,
        "Request-Realm": call.request_realm,
        "Request": call.request_user,
        "Recording-Url": call.recording_url,
        "Recording-ID": call.recording_id,
        "Recording-Duration": call.recording_duration,
        "Language": call.language,
        "From-Realm": call.from_realm,
        "From": call.from_user,
        "Direction": "inbound",
        "Digits": digits_parameter(call),
        "Custom-SIP-Headers": descending(call.sip_headers),
        "Custom-Application-Vars": descending(_without_empty(call.application_vars)),
        "Caller-ID-Number": _unless_empty(call.caller_number, "anonymous"),
        "Caller-ID-Name": _unless_empty(call.caller_name, "unknown"),
        "Call-Status": call.call_status,
        "Call-ID": call.call_id,
        "Api-Version": "4.x",
        "Account-ID": call.account_id,
    }


def _twiml_parameters(call: KazooCall) -> dict[str, Json]:
    transcription = call.transcription
    return {
        "TranscriptionUrl": transcription.get("url"),
        "TranscriptionStatus": transcription.get("status"),
        "TranscriptionText": transcription.get("text"),
        "TranscriptionSid": transcription.get("id"),
        "Digits": digits_parameter(call),
        "RecordingSid": call.recording_id,
        "RecordingDuration": call.recording_duration,
        "RecordingUrl": call.recording_url,
        "CallerNumber": _unless_empty(call.caller_number, "anonymous"),
        "CallerName": _unless_empty(call.caller_name, "unknown"),
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "CallStatus": call.call_status,
        "ToRealm": call.to_realm,
        "To": call.to_user,
        "FromRealm": call.from_realm,
        "From": call.from_user,
        "AccountSid": call.account_id,
        "CallSid": call.call_id,
    }


_EMPTY = frozenset({"", "0", "NULL", "undefined"})


def _unless_empty(value: str, default: str) -> str:
    """Return a value, or the default if KAZOO counts it as empty (`kz_term:is_empty/1`)."""
    return default if value in _EMPTY else value


def _defined(values: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if value is not None}


def _without_empty(value: Json) -> Json:
    """Return variables without empty strings, which KAZOO's merge drops at every level."""
    if not isinstance(value, dict):
        return value
    return {key: _without_empty(item) for key, item in value.items() if item != ""}


def descending(value: Json) -> Json:
    """Return objects with their keys in descending order, as KAZOO sends them."""
    match value:
        case dict():
            return {key: descending(value[key]) for key in sorted(value, reverse=True)}
        case list():
            return [descending(item) for item in value]
        case _:
            return value
