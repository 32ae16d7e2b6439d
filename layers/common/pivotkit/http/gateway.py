"""Conversion of API Gateway events (payload 1.0 and 2.0, and function URLs) to one request type."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pivotkit.core.errors import Malformed, TooLarge
from pivotkit.http.parameters import unescape

type GatewayEvent = Mapping[str, Any]
type GatewayResponse = dict[str, Any]


class GatewayRequest(NamedTuple):
    """One HTTP request; its body is decoded from Base64 but not yet parsed.

    `query` is the raw query string (payload 2.0); `query_pairs` are the decoded pairs of
    payload 1.0, which has no raw form. `origin` is `https://domain` plus the stage, taken from the
    request context because senders can forge Host and X-Forwarded headers.
    """

    method: str
    key: str
    query: str
    query_pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    origin: str

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def request_of(event: GatewayEvent, max_bytes: int) -> GatewayRequest:
    """Convert an API Gateway event to a request.

    Raises `TooLarge` before decoding if query and body together exceed *max_bytes*, and
    `Malformed` if the body is not valid Base64 although the event says so.
    """
    context = event.get("requestContext") or {}
    http = context.get("http") or {}
    body: str = event.get("body") or ""
    query: str = event.get("rawQueryString") or ""
    encoded = str(event.get("isBase64Encoded")).lower() == "true"
    if (_decoded_length(body) if encoded else len(body)) + len(query) > max_bytes:
        raise TooLarge(f"more than {max_bytes} bytes")
    return GatewayRequest(
        method=http.get("method") or event.get("httpMethod") or "GET",
        key=_key_in(event),
        query=query,
        query_pairs=() if query else tuple(_pairs(event)),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=_body(body, max_bytes - len(query), encoded=encoded),
        origin=_origin(context),
    )


def _key_in(event: GatewayEvent) -> str:
    """The key of the route `/{key}/pivot/say_hello`; '' if it is missing or cannot be decoded."""
    key: str = (event.get("pathParameters") or {}).get("key") or _first_part(event)
    try:
        return unescape(key)
    except Malformed:
        return ""


def _first_part(event: GatewayEvent) -> str:
    """The part of the path where the route has its key.

    Events of function URLs and of `$default` routes have no path parameters. The key comes before
    the kind and the name, or is the first part of a shorter path, after the stage if there is one.
    """
    path: str = event.get("rawPath") or event.get("path") or ""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and parts[0] == (event.get("requestContext") or {}).get("stage"):
        del parts[0]
    return parts[-3:][0] if parts else ""


def reply(status: int, body: str, content_type: str = "application/json") -> GatewayResponse:
    """Return a response in the shape that API Gateway expects from a Lambda function."""
    return {"statusCode": status, "headers": {"content-type": content_type}, "body": body}


def _decoded_length(body: str) -> int:
    return len(body) * 3 // 4 - body.count("=", -2)  # Base64 ends in up to two padding signs


def _body(body: str, max_bytes: int, *, encoded: bool) -> bytes:
    try:
        data = base64.b64decode(body, validate=True) if encoded else body.encode()
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"the body cannot be decoded (isBase64Encoded is {encoded})") from error
    if len(data) > max_bytes:
        raise TooLarge(f"more than {max_bytes} bytes")
    return data


def _pairs(event: GatewayEvent) -> Iterable[tuple[str, str]]:
    if event.get("version") == "2.0":
        return ()
    many: Mapping[str, list[str]] = event.get("multiValueQueryStringParameters") or {}
    if many:
        return ((name, value) for name, values in many.items() for value in values)
    single: Mapping[str, str] = event.get("queryStringParameters") or {}
    return single.items()


def _origin(context: Mapping[str, Any]) -> str:
    domain, stage = context.get("domainName"), context.get("stage")
    if not domain:
        return ""
    return f"https://{domain}" if stage in (None, "$default") else f"https://{domain}/{stage}"
