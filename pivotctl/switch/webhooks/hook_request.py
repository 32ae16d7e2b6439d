"""Requests of webhooks, byte for byte (`webhooks_util:do_fire/3`), and the failures that count."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from pivotctl.problems import Mode
from pivotctl.switch.http.exchange import FORM, JSON, HttpRequest, pivot_request, post
from pivotctl.switch.http.form_encoding import Json, form_text, json_text
from pivotctl.switch.webhooks.hook import Webhook

CLUSTER_ID = "9e107d9d372bb6826bd81d3542a419d6"
MOST_ATTEMPTS = 5
PAUSE_SECONDS = 2

_SECONDS = 30.0
_RESERVED = ("type", "action")
_NAMES = ("hook_event", "event_name", "action", "type")
_OK, _CREATED = 200, 201
MOST_FAILURES = 6
_FAILURE_SECONDS = 60
_LOOKS_EVERY = 15


def succeeded(verb: str, status: int) -> bool:
    """Whether KAZOO counts an answer as a success: 200, and 201 for a put."""
    return status == _OK or (verb == "put" and status == _CREATED)


@dataclass
class HookFailures:
    """Times of a hook's failed deliveries, in seconds (`webhooks_disabler.erl`)."""

    times: list[float] = field(default_factory=list)

    def note(self, at: float) -> bool:
        """Count a failure; return whether there are too many within a minute."""
        self.times.append(at)
        return self._too_many(at)

    def recent(self, at: float) -> int:
        """Return the number of deliveries that failed within the last minute."""
        return sum(at - _FAILURE_SECONDS < each <= at for each in self.times)

    def disabled(self, at: float) -> bool:
        """Whether KAZOO has disabled the hook by then; it checks every fifteen seconds."""
        looks = [ceil(last / _LOOKS_EVERY) * _LOOKS_EVERY for last in self.times]
        return any(look <= at and self._too_many(look) for look in looks)

    def _too_many(self, at: float) -> bool:
        return self.recent(at) >= MOST_FAILURES


def payload_of(
    event: Mapping[str, Json], custom_data: Mapping[str, Json], cluster_id: str
) -> dict[str, Json]:
    """Return the event, overridden by the hook's own data, and the cluster.

    The hook's own data is in ascending order of its keys.
    """
    own = {key: custom_data[key] for key in sorted(custom_data) if key not in _RESERVED}
    return {**event, **own, "cluster_id": cluster_id}


def second_version(event: Mapping[str, Json], key: str, timestamp: int) -> dict[str, Json]:
    """Return the event in the envelope of version 2 (KAZOO 5), signed if there is a key.

    The signature is Base64 of HMAC-SHA256 over the decimal timestamp and the canonical JSON of the
    data. KAZOO signs a timestamp slightly later than the one it sends; here they are the same.
    """
    data = {name: value for name, value in event.items() if name != "hook_event"}
    name = next((str(event[each]).upper() for each in _NAMES if event.get(each)), "")
    signed = f"{timestamp}{canonical(data)}".encode("utf-8", "surrogatepass")
    digest = hmac.new(key.encode(), signed, hashlib.sha256).digest()
    whole: dict[str, Json] = {"action": "event", "name": name, "data": data, "timestamp": timestamp}
    return whole | ({"hmac": base64.b64encode(digest).decode()} if key else {})


def canonical(value: Json) -> str:
    """Return compact JSON with sorted keys, as KAZOO 5 sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def times(document: Webhook) -> int:
    """Return the number of tries of a hook that gets no answer."""
    return min(max(document.retries, 1), MOST_ATTEMPTS)


def hook_request(
    document: Webhook, event: Mapping[str, Json], account_id: str, mode: Mode, now: int
) -> HttpRequest:
    """Return the request of the hook *document* for *event*; `account_id` owns the hook.

    KAZOO 5 formats JSON differently, and has two versions. *now*, in Gregorian seconds, is the time
    of sending, which version 2 states and signs. Raises `EncodeError`.
    """
    newer = mode is Mode.K5
    payload = payload_of(event, document.custom_data, CLUSTER_ID)
    if newer and document.version == "v2":
        own = payload_of({}, document.custom_data, CLUSTER_ID)
        own.pop("cluster_id")  # version 2 does not have it
        payload = second_version(event, document.sha256_key, now) | own
    ids, printed = (document.id, account_id), canonical if newer else pretty
    url, verb, body_format = document.url, document.verb, document.body_format
    request = delivery(url, verb, body_format, payload, ids, printed)
    more = tuple((name.lower(), value) for name, value in document.headers.items())
    return replace(request, headers=request.headers + more) if newer else request


def delivery(
    url: str,
    verb: str,
    body_format: str,
    payload: Mapping[str, Json],
    ids: tuple[str, str],
    printed: Callable[[Json], str] | None = None,
) -> HttpRequest:
    """Return the request of a hook: `verb` get, post, or put; `body_format` form-data or json.

    A GET appends `?` and form text, even if the URL already has a query. `ids` are those of the
    hook and of the account that owns it; `printed` writes JSON, by default as `pretty` does.
    Raises `EncodeError`.
    """
    if verb == "get":
        request = pivot_request(url, "get", {})
        request = replace(request, url=f"{url}?{form_text(payload)}")
    elif body_format == "json":
        request = post(url, (printed or pretty)(dict(payload)), JSON)
    else:
        request = post(url, form_text(payload), FORM)
    hook_id, account_id = ids
    first, *others = request.headers
    headers = (first, ("x-hook-id", hook_id), ("x-account-id", account_id), *others)
    return replace(request, method=verb.upper(), headers=headers, timeout=_SECONDS)


def pretty(value: Json, indent: str = "") -> str:
    """Return JSON as KAZOO prints it: two spaces a level, and a space before each colon."""
    deeper = f"{indent}  "
    match value:
        case dict():
            items = [f"{json_text(key)} : {pretty(item, deeper)}" for key, item in value.items()]
        case list():
            items = [pretty(item, deeper) for item in value]
        case _:
            return json_text(value)
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}\n{deeper}{f',\n{deeper}'.join(items)}\n{indent}{end}"
