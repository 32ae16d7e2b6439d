"""A Pivot request, typed: every parameter of both of KAZOO's formats under one name.

Follows `kzt_kazoo:req_params/1` (`req_format: kazoo`) and `kzt_twiml:req_params/1`
(`req_format: twiml`). A field's name is KAZOO's key in lower case with underscores.
"""

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pivotkit.calls.tokens import FollowUp, call_digest
from pivotkit.core.caller_ids import is_name, is_withheld
from pivotkit.core.errors import Malformed, MethodNotAllowed, StateNotDeclared, UnsupportedMediaType
from pivotkit.core.speech import spoken
from pivotkit.http import parameters
from pivotkit.http.gateway import GatewayRequest
from pivotkit.http.parameters import Parameters, Value
from pivotkit.store import LIFE

if TYPE_CHECKING:
    from pivotkit.calls.memory import Memory, Vars
    from pivotkit.calls.urls import Urls

MAX_BYTES = 256 * 1024
"""Limit on the bytes of a Pivot request: body and query string together.

KAZOO has none. Its forms repeat a variable's whole path with each value, and take six bytes for a
Cyrillic letter, so a few hundred variables are over 100 kB.
"""

_KAZOO: Mapping[str, str] = {
    "Account-ID": "account_id",
    "Api-Version": "api_version",
    "Call-ID": "call_id",
    "Call-Status": "call_status",
    "Caller-ID-Name": "caller_id_name",
    "Caller-ID-Number": "caller_id_number",
    "Custom-Application-Vars": "custom_application_vars",
    "Custom-SIP-Headers": "custom_sip_headers",
    "Direction": "direction",
    "From": "from_",
    "From-Realm": "from_realm",
    "Language": "language",
    "Recording-Duration": "recording_duration",
    "Recording-ID": "recording_id",
    "Recording-Url": "recording_url",
    "Request": "request",
    "Request-Realm": "request_realm",
    "To": "to",
    "To-Realm": "to_realm",
    "Transcription-ID": "transcription_id",
    "Transcription-Status": "transcription_status",
    "Transcription-Text": "transcription_text",
    "Transcription-Url": "transcription_url",
    "User-ID": "user_id",
}
_TWIML: Mapping[str, str] = {
    "AccountSid": "account_id",
    "ApiVersion": "api_version",
    "CallSid": "call_id",
    "CallStatus": "call_status",
    "CallerName": "caller_id_name",
    "CallerNumber": "caller_id_number",
    "DialCallDuration": "dial_call_duration",
    "DialCallSid": "dial_call_sid",
    "DialCallStatus": "dial_call_status",
    "Digits": "digits",
    "Direction": "direction",
    "From": "from_",
    "FromRealm": "from_realm",
    "QueueSid": "queue_sid",
    "RecordingDuration": "recording_duration",
    "RecordingSid": "recording_id",
    "RecordingUrl": "recording_url",
    "To": "to",
    "ToRealm": "to_realm",
    "TranscriptionSid": "transcription_id",
    "TranscriptionStatus": "transcription_status",
    "TranscriptionText": "transcription_text",
    "TranscriptionUrl": "transcription_url",
}
_IDS = (("Account-ID", "Call-ID"), ("AccountSid", "CallSid"))
"""The parameters that name account and call, in each of KAZOO's formats."""

_RESERVED = frozenset(_KAZOO) | frozenset(_TWIML)
_ONLY_TWIML = frozenset(_TWIML) - frozenset(_KAZOO)
_OBJECTS = frozenset({"custom_application_vars", "custom_sip_headers"})
_SECONDS = frozenset({"recording_duration", "dial_call_duration"})
_NOT_TEXT = _OBJECTS | _SECONDS | {"user_id"}

type Digits = str | Mapping[str, str] | None
"""Keys pressed: text after TwiML verbs, `{collection: keys}` after callflow actions."""


class Caller(NamedTuple):
    """The caller, as text from outside: never dial *number*, never trust *name*."""

    number: str
    name: str

    @property
    def spoken_name(self) -> str:
        """The name as a speech engine can read it; '' for callers without one.

        Instead of a name, KAZOO sends `unknown`, and carriers send a word (`WIRELESS CALLER`), the
        number, or the place (`SAN FRANCISCO CA`).
        """
        return spoken(self.name) if is_name(self.name) else ""

    @property
    def withheld(self) -> bool:
        """Whether the caller withholds the number, however a carrier spells that."""
        return is_withheld(self.number)


class Context(NamedTuple):
    """The parts of a call that are not parameters of its request: its URLs and its memory."""

    urls: "Urls | None" = None
    memory: "Memory | None" = None


_ALONE = Context()


class Call(NamedTuple):
    """A call, as KAZOO describes it when it asks what to do next.

    Texts that KAZOO omits are '', and optional ones `None`. `direction` is always `inbound`,
    whatever the leg (`kzt_kazoo.erl`). `user_id` holds the owners of the calling device: none, one,
    or several. Durations are seconds. `variables` holds parameters that are not KAZOO's own: values
    stored with TwiML's `Set`, and the query of the `voice_url`. `cut` is true if some of these or
    of `custom_application_vars` were left out: more than 1,000 in one object, nested deeper than
    16 names, or sent with two meanings. `follow_up` is true for a request to a URL from one of our
    own answers (`url`, `ask`), and false for the first one.
    """

    account_id: str
    call_id: str
    req_format: Literal["kazoo", "twiml"]
    api_version: str = ""
    call_status: str | None = None
    caller_id_name: str = ""
    caller_id_number: str = ""
    custom_application_vars: Mapping[str, Value] = MappingProxyType({})
    custom_sip_headers: Mapping[str, Value] = MappingProxyType({})
    dial_call_duration: int | None = None
    dial_call_sid: str | None = None
    dial_call_status: str | None = None
    digits: Digits = None
    direction: str = "inbound"
    from_: str = ""
    from_realm: str = ""
    language: str | None = None
    queue_sid: str | None = None
    recording_duration: int | None = None
    recording_id: str | None = None
    recording_url: str | None = None
    request: str = ""
    request_realm: str = ""
    to: str = ""
    to_realm: str = ""
    transcription_id: str | None = None
    transcription_status: str | None = None
    transcription_text: str | None = None
    transcription_url: str | None = None
    user_id: tuple[str, ...] = ()
    variables: Mapping[str, Value] = MappingProxyType({})
    cut: bool = False
    follow_up: bool = False
    context: Context = _ALONE

    @property
    def caller(self) -> Caller:
        """The caller's number and name."""
        return Caller(self.caller_id_number, self.caller_id_name)

    def pressed(self, collection: str = "default") -> str | None:
        """The keys in *collection*, or those that TwiML collected. `None` if there are none.

        KAZOO sends named collections again with every later request of the call, and omits a
        collection in which nothing was pressed.
        """
        if self.digits is None or isinstance(self.digits, str):
            return self.digits or None
        return self.digits.get(collection) or None

    @property
    def has_come_further(self) -> bool:
        """Whether anything in the request says that it is not the first of a pivot action.

        A TwiML document without URLs of its own is continued at the URL of the first request: after
        keys with `Digits`, after a Dial with `CallStatus`, and after a Record with a recording.
        """
        return self.follow_up or any(
            each is not None
            for each in (self.digits, self.call_status, self.dial_call_status, self.recording_url)
        )

    @property
    def vars(self) -> "Vars":
        """The variables of the call, shared by all stateful functions it passes through.

        KAZOO's Custom-Application-Vars are the defaults. Raises `StateNotDeclared`.
        """
        return self._memory("call.vars").vars

    @property
    def now(self) -> datetime:
        """The time of this step of the call: the same whenever a conversation is replayed."""
        return self._memory("call.now").now

    def once[T](self, name: str, kind: type[T], make: Callable[[], T]) -> T:
        """The value of *make*, computed once in this run and stored under *name*.

        At least once, to be exact: a request that is cut short computes it again. An effect that
        must not happen twice takes `effect_key` as its idempotency key. *kind* is the type of the
        value: `str`, `int`, `bool`, `list`, `dict`, or a dataclass or named tuple of these.
        """
        return self._memory("call.once").once(name, kind, make)

    def effect_key(self, name: str) -> str:
        """An idempotency key for the effect *name*, the same in every repetition."""
        return self._memory("call.effect_key").effect_key(name)

    @property
    def url(self) -> str:
        """This function's own URL, valid for this call only, and for as long as its state lives."""
        expires_at = int(time.time()) + LIFE
        digest = call_digest(self.account_id, self.call_id)
        return self._urls.follow_up(FollowUp(expires_at, digest))

    def cdr_url(self, sink: str = "cdr_url") -> str:
        """A `cdr_url` of our own CDR sink that names the call, which KAZOO's body does not."""
        return self._urls.cdr(self.account_id, self.call_id, sink)

    @property
    def _urls(self) -> "Urls":
        if self.context.urls is None:
            raise RuntimeError("this call did not come with a request, and has no URL")
        return self.context.urls

    def _memory(self, what: str) -> "Memory":
        if self.context.memory is None:
            raise StateNotDeclared(what)
        return self.context.memory

    def recalling(self, memory: "Memory") -> "Call":
        """The same call with *memory*."""
        return self._replace(context=self.context._replace(memory=memory))


def read_call(
    request: GatewayRequest, context: Context = _ALONE, *, follow_up: bool = False
) -> Call:
    """The call in *request*. Raises `RequestError` with the status to answer."""
    values, cut = _sent(request)
    table = _KAZOO if "Call-ID" in values else _TWIML
    fields: dict[str, Any] = {}
    variables: dict[str, Value] = {}
    for name, value in values.items():
        field = table.get(name)
        if field is None:
            if name not in _RESERVED:
                variables[name] = value
        elif isinstance(value, str) and field not in _NOT_TEXT:
            fields[field] = value
        elif value is not None:
            fields[field] = _field(field, value)
    if table is _KAZOO:
        _add_twiml(fields, values)
    _require_ids(fields, values)
    return Call(
        req_format="kazoo" if table is _KAZOO else "twiml",
        variables=MappingProxyType(variables),
        cut=cut,
        follow_up=follow_up,
        context=context,
        **fields,
    )


def _add_twiml(fields: dict[str, Any], values: dict[str, Value]) -> None:
    """Add the parameters that only the other format has a name for, such as `Digits`."""
    for name in values.keys() & _ONLY_TWIML:
        field, value = _TWIML[name], values[name]
        if field not in fields and value is not None:
            fields[field] = _field(field, value)


def _sent(request: GatewayRequest) -> tuple[dict[str, Value], bool]:
    """The parameters of *request*, and whether some were left out.

    The query of a POST is the `voice_url`'s own: there, none of KAZOO's names has a meaning.
    """
    if request.method == "GET":
        found = _in_query(request, Parameters(_RESERVED))
        return found.values, found.cut
    if request.method != "POST":
        raise MethodNotAllowed(f"{request.method}: KAZOO asks with GET or POST")
    body = _in_body(request)
    if not (request.query or request.query_pairs):
        return body.values, body.cut
    query = _in_query(request, Parameters())
    own = {name: value for name, value in query.values.items() if name not in _RESERVED}
    return own | body.values, query.cut or body.cut


def _in_query(request: GatewayRequest, found: Parameters) -> Parameters:
    if request.query:
        parameters.read_form(request.query, found)
    if request.query_pairs:
        parameters.read_pairs(request.query_pairs, found)
    return found


def _in_body(request: GatewayRequest) -> Parameters:
    found = Parameters(_RESERVED)
    content_type = request.content_type
    if content_type == "application/json":
        parameters.read_json(request.body, found)
        return found
    if content_type not in ("application/x-www-form-urlencoded", ""):
        raise UnsupportedMediaType(f"{content_type}: neither a form nor JSON")
    parameters.read_form(parameters.text_of(request.body), found)
    return found


def _field(name: str, value: Value) -> Any:
    """Convert *value* to the type of the field *name*. Raises `Malformed`."""
    if name in _OBJECTS:
        if not isinstance(value, dict):
            raise Malformed(f"{name}: not an object")
        return MappingProxyType(value)
    if name == "digits":
        return _digits(value)
    if name == "user_id":
        owners = value if isinstance(value, list) else [value]
        return tuple(_text(name, owner) for owner in owners)
    text = _text(name, value)
    if name in _SECONDS:
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
    return text


def _digits(value: Value) -> Digits:
    if isinstance(value, dict):
        return {name: _text("digits", keys) for name, keys in value.items()} or None
    return _text("digits", value)


def _require_ids(fields: Mapping[str, object], values: Mapping[str, Value]) -> None:
    """Raise `Malformed` unless account and call are named. Its message has the missing name."""
    if fields.get("account_id") and fields.get("call_id"):
        return
    for pair in _IDS:
        sent = [name for name in pair if values.get(name)]
        missing = [name for name in pair if not values.get(name)]
        if sent and missing:
            raise Malformed(f"{missing[0]} is missing, although {sent[0]} is there: send both")
    raise Malformed("Account-ID and Call-ID are missing: this is not a Pivot request")


def _text(name: str, value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(f"{name}: not a text")
    return str(value)
