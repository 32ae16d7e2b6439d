"""Requests that deliver a webhook or a CDR: content, values, and the digest of each."""

import re
from hashlib import sha256
from typing import NamedTuple

from pivotkit.core.errors import Malformed, MethodNotAllowed
from pivotkit.http import parameters
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, request_of
from pivotkit.http.parameters import Parameters, Value

MAX_BYTES = 6 * 1024 * 1024
"""Limit on the bytes of a delivery: the most that Lambda takes."""

HOOK_METHODS = ("POST", "GET", "PUT")
CDR_METHODS = ("POST",)
"""KAZOO's ways of delivering."""

_SECOND = re.compile(r"[0-9]{11}")
"""A time as KAZOO counts it, where a hook's id is 32 hexadecimal digits."""


def admitted(event: GatewayEvent, methods: tuple[str, ...]) -> GatewayRequest:
    """The request, its method checked. Raises `RequestError`."""
    request = received(event)
    require_method(request, methods)
    return request


def received(event: GatewayEvent) -> GatewayRequest:
    """The request, its size checked. Raises `RequestError`."""
    return request_of(event, MAX_BYTES)


def require_method(request: GatewayRequest, methods: tuple[str, ...]) -> None:
    """Raise `MethodNotAllowed` unless KAZOO delivers with the request's method.

    A receiver asks this after it has checked the key, so that 405 proves that a key is valid: a
    request with a method that KAZOO never uses tries a key without a delivery.
    """
    if request.method not in methods:
        raise MethodNotAllowed(f"{request.method}: KAZOO delivers with {', '.join(methods)}")


class Content(NamedTuple):
    """The values of a delivery, in any of KAZOO's encodings.

    `unread` is the reason why there are none. `cut` is true if some were left out: they were
    ambiguous, unreadable, or beyond the limits of `pivotkit.http.parameters`.
    """

    values: dict[str, Value]
    unread: str = ""
    cut: bool = False


def read(request: GatewayRequest) -> Content:
    """The content of a delivery."""
    try:
        found = _decoded(request.method, request.content_type, content_of(request))
    except Malformed as error:
        return Content({}, unread=str(error))
    return Content(found.values, cut=found.cut)


def values_in(method: str, content_type: str, content: bytes) -> dict[str, Value]:
    """The values of a delivery that was stored. Raises `Malformed`."""
    return _decoded(method, content_type, content).values


def _decoded(method: str, content_type: str, content: bytes) -> Parameters:
    """The parameters in the query of a GET, else in the body. Raises `Malformed`."""
    found = Parameters()
    if content_type == "application/json" and method != "GET":
        parameters.read_json(content, found)
        return found
    text = parameters.text_of(content)
    parameters.read_form(_sent(text) if method == "GET" else text, found)
    return found


def _sent(query: str) -> str:
    """The part that KAZOO adds to the uri of a GET hook.

    A uri that has a query of its own gets a second `?` (`webhooks_util.erl`), and what stands
    before it is not KAZOO's. A raw key may hold a `?`, too: there nothing is left out.
    """
    own, _, sent = query.partition("?")
    name, equals, value = own.rpartition("&")[2].partition("=")
    if sent and equals and _is_closed(name) and _is_closed(value):
        return sent
    return query.replace("?", "&")


def _is_closed(text: str) -> bool:
    return text.count("[") == text.count("]")


def digest(request: GatewayRequest) -> str:
    """The digest of a delivery: KAZOO gives it no ID, and a repetition is the same bytes.

    A callflow's webhook action has no hook, and its X-Hook-ID is the second when it was sent
    (`cf_webhook.erl`): a flow that comes there twice tells so twice.
    """
    hook = request.headers.get("x-hook-id", "")
    second = hook.encode() if _SECOND.fullmatch(hook) else b""
    return sha256(second + content_of(request)).hexdigest()[:32]


def content_of(request: GatewayRequest) -> bytes:
    """The body; of a GET the query, written anew where the gateway gives its pairs alone."""
    if request.method != "GET":
        return request.body
    if request.query or not request.query_pairs:
        return request.query.encode()
    from urllib.parse import quote_plus  # noqa: PLC0415  (a REST API's GET alone needs it)

    return "&".join(f"{key}={quote_plus(value)}" for key, value in request.query_pairs).encode()
