"""KAZOO 5's envelope around the events of hooks with `version` `v2`, and its HMAC.

Follows `webhooks_util.erl` of KAZOO 5. The envelope is `{"action": "event", "name": ...,
"data": ..., "timestamp": ...}` plus the fields of the hook's `custom_data`. If the hook has a
`sha256_key`, it also contains `hmac`: the Base64 form of an HMAC-SHA256 over the decimal timestamp
and the canonical JSON of `data`.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pivotkit.core.errors import Unauthorized
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.core.settings import setting
from pivotkit.events import accounts
from pivotkit.events.fields import text, whole
from pivotkit.http.parameters import Value

MAX_AGE = 300
"""Default limit on the age of a signature in seconds. KAZOO repeats a delivery for a minute."""

_MESSAGES = ("sms", "mms")
_OWN = frozenset({"action", "name", "data", "timestamp", "hmac"})
_SAME = {"report": "cdr", "channel_disconnected": "channel_destroy"}
"""Events that have another name in their data than in their envelope."""


class Envelope(NamedTuple):
    """A version 2 event: KAZOO's name for it, its data, and the hook's `custom_data`."""

    name: str
    data: dict[str, Value]
    custom_data: dict[str, Value]
    timestamp: int | None
    hmac: str

    @property
    def values(self) -> dict[str, Value]:
        """The values as version 1 would send them: with a name, an account, and a time."""
        found = {**_name_field(self.name, self.data), "timestamp": self.timestamp, **self.data}
        own = self.data.get("custom_channel_vars")
        if "account_id" not in found and isinstance(own, dict):
            found["account_id"] = own.get("account_id")
        return found


class Sent(NamedTuple):
    """The content of a delivery: the event's own values, and the fields that its hook added.

    `custom_data` is `None` for a version 1 event, whose values include those fields.
    """

    values: dict[str, Value]
    custom_data: dict[str, Value] | None = None

    @property
    def account_id(self) -> str:
        """The account that the event itself names; '' for none."""
        return text(self.values.get(accounts.FIELD)) or ""

    def of(self, account: str) -> "Sent":
        """Return the same content as that of *account*, and of no other."""
        custom = self.custom_data
        bound = None if custom is None else accounts.bound(custom, "")
        return Sent(accounts.bound(self.values, account), bound)


def sent_in(values: Mapping[str, Value]) -> Sent:
    """Return the content of a delivery with these *values*, with or without an envelope."""
    envelope = opened(values)
    return Sent(envelope.values, envelope.custom_data) if envelope else Sent(dict(values))


def opened(values: Mapping[str, Value]) -> Envelope | None:
    """Return the envelope in *values*, or `None` for a version 1 event."""
    name, data = text(values.get("name")), values.get("data")
    if values.get("action") != "event" or name is None or not isinstance(data, dict):
        return None
    custom = {key: value for key, value in values.items() if key not in _OWN}
    timestamp = whole(values.get("timestamp"))
    return Envelope(name, data, custom, timestamp, text(values.get("hmac")) or "")


class HookSecrets:
    """The secrets (`sha256_key`) that hooks sign with: none, one, or two during a rotation.

    A signature is valid for *max_age* seconds before and after its time.
    """

    def __init__(self, secrets: str, max_age: int = MAX_AGE) -> None:
        self._secrets = [secret.encode() for secret in secrets.replace(",", " ").split()]
        self._max_age = max_age

    @classmethod
    def from_environment(cls) -> "HookSecrets":
        """Return the secrets in HOOK_SECRETS, separated by spaces or commas."""
        secrets = os.environ.get("HOOK_SECRETS", "")
        return cls(secrets, setting("SIGNATURE_AGE_SECONDS", MAX_AGE))

    @property
    def required(self) -> bool:
        """Whether deliveries must be signed."""
        return bool(self._secrets)

    def require(self, values: Mapping[str, Value], body: bytes) -> None:
        """Raise `Unauthorized` unless *values*, read from *body*, are signed with a known secret.

        The signature must be fresh, and the envelope must have the name that the signed data
        state, because the signature does not cover it. Without secrets, everything passes.
        """
        if not self._secrets:
            return
        envelope = opened(values)
        if envelope is None or envelope.timestamp is None:
            raise Unauthorized("not signed")
        self._require_signature(envelope, envelope.timestamp, body)
        if abs(time.time() + GREGORIAN_EPOCH - envelope.timestamp) > self._max_age:
            raise Unauthorized(f"signed more than {self._max_age} s ago, or in the future")
        if not _names(envelope.data) <= {_name(envelope.name, envelope.data)}:
            raise Unauthorized("the name is not that of the signed data")

    def _require_signature(self, envelope: Envelope, timestamp: int, body: bytes) -> None:
        """Raise `Unauthorized` unless *envelope* is signed for *timestamp* or the next second.

        KAZOO reads the clock again for the signature, after it has read it for the timestamp.
        """
        good = False
        # No early exit: timing must not reveal which secret matched.
        for signed in _signed(envelope, timestamp, body):
            for secret in self._secrets:
                good |= hmac.compare_digest(_signature(secret, signed), envelope.hmac.encode())
        if not good:
            raise Unauthorized("not signed with a known secret")


def _signature(secret: bytes, signed: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256))


def _signed(envelope: Envelope, timestamp: int, body: bytes) -> Iterator[bytes]:
    for data in _canonical(envelope.data, body):
        for second in (timestamp, timestamp + 1):
            yield str(second).encode() + data


def _canonical(data: dict[str, Value], body: bytes) -> Iterable[bytes]:
    """The canonical JSON of *data*: as found in *body*, and as encoded again."""
    anew = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return {anew.encode("utf-8", "surrogatepass"), _as_sent(body.decode(errors="replace"))}


def _as_sent(text: str) -> bytes:
    """The text of the member `data` of the JSON object in *text*; empty if it is not JSON."""
    decoder, at = json.JSONDecoder(), text.find("{") + 1
    try:
        while at:
            name, at = decoder.raw_decode(text, _start(text, at))
            start = _start(text, text.index(":", at) + 1)
            _, at = decoder.raw_decode(text, start)
            if name == "data":
                return text[start:at].encode()
            at = text.find(",", at) + 1
    except (ValueError, RecursionError):
        pass
    return b""


def _start(text: str, at: int) -> int:
    """The index of the first character of *text* from *at* on that is not whitespace."""
    while text[at : at + 1].isspace():
        at += 1
    return at


def _names(data: Mapping[str, Value]) -> set[str]:
    """The names that *data* state for their event; none if they leave it to the envelope."""
    written = {key: text(data.get(key)) or "" for key in ("hook_event", "event_name")}
    action, kind = (text(data.get(key)) or "" for key in ("action", "type"))
    written["action"] = action if action.lower().startswith("doc_") else ""
    written["type"] = kind if kind.lower() in _MESSAGES else ""
    return {_name(name, data) for name in written.values() if name}


def _name(name: str, data: Mapping[str, Value]) -> str:
    """The event that *name* stands for, in lower case."""
    (found,) = _name_field(name, data).values()
    return _SAME.get(str(found), str(found))


def _name_field(name: str, data: Mapping[str, Value]) -> dict[str, Value]:
    """The field in which version 1 sends the event's name."""
    lower, category = name.lower(), data.get("event_category")
    if lower in _MESSAGES:
        return {"type": lower}
    if lower == "inbound" and category in _MESSAGES:
        return {"type": category}
    if lower.startswith("doc_"):
        return {"action": lower}
    channel = lower == "cdr" or lower.startswith("channel_")
    return {"hook_event" if channel else "event_name": lower}
