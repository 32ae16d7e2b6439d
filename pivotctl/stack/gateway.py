"""API Gateway's work between HTTP and Lambda, as pure functions.

`http_event` and `rest_event` make the events of an HTTP API (payload 2.0) and of a REST API
(payload 1.0); `http_answer` makes the HTTP answer from a function's result. They follow AWS's
developer guide, "Create AWS Lambda proxy integrations for HTTP APIs", and where the guide is
silent, published captures from the service: an HTTP API decodes the path but passes the query
through unchanged, so KAZOO's raw brackets and `&&&` reach the function.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from pivotctl.project import Route

type HeaderPairs = Sequence[tuple[str, str]]
type LambdaEvent = dict[str, Any]

ACCOUNT_ID = "123456789012"
API_ID = "local"
STAGE = "$default"
REST_STAGE = "Prod"
HEADER_LIMIT = 10_240  # bytes of request line and header values together
BODY_LIMIT = 10 * 1024 * 1024  # bytes

_TEXT = re.compile(r"text/.*|application/(json|javascript|xml)|application/.*\+(json|xml)")
# They concern one connection only, so gateways do not forward them.
_HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
_NOT_OURS = _HOP_BY_HOP | {"content-length"}
_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True)
class GatewayAnswer:
    """An HTTP answer: status, ordered headers, and the body's bytes."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Returned:
    """The result of a function as JSON text; `failed` if it is an error."""

    payload: bytes
    failed: bool = False


def message(status: int, text: str) -> GatewayAnswer:
    """Return an answer of the gateway itself: `{"message": text}`."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return GatewayAnswer(status, (("content-type", "application/json"),), body)


NOT_FOUND = message(404, "Not Found")
INTERNAL_ERROR = message(500, "Internal Server Error")
UNAVAILABLE = message(503, "Service Unavailable")
BODY_TOO_LARGE = message(413, "Request Entity Too Large")
HEADERS_TOO_LARGE = message(431, "Request Header Fields Too Large")


# -- routes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Match[T]:
    """The route of a request, its target, and the decoded path variables."""

    route: Route
    target: T
    parameters: Mapping[str, str] = field(default_factory=dict)


class Router[T]:
    """Chooses routes as an HTTP API does: the most specific one, `$default` last."""

    def __init__(self, routes: Iterable[tuple[Route, T]]) -> None:
        ordered = sorted(routes, key=lambda pair: _rank(pair[0]))
        self._routes = [(_pattern(route.path), route, target) for route, target in ordered]

    def match(self, method: str, path: str) -> Match[T] | None:
        """Return the route of a request with this method and raw path, or None."""
        decoded = unquote(path)
        for pattern, route, target in self._routes:
            if route.method not in ("ANY", method):
                continue
            if found := pattern.fullmatch(decoded):
                return Match(route, target, found.groupdict())
        return None


def _rank(route: Route) -> tuple[bool, bool, int, int, bool]:
    """Return a sort key: `$default` and greedy paths last, `ANY` after a method."""
    variables = len(_VARIABLE.findall(route.path))
    default = route.path == "$default"
    return (default, "+}" in route.path, variables, -len(route.path), route.method == "ANY")


def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(r".*", re.DOTALL)
    parts, end = [], 0
    for variable in _VARIABLE.finditer(path):
        parts.append(re.escape(path[end : variable.start()]))
        parts.append(f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})")
        end = variable.end()
    return re.compile("".join([*parts, re.escape(path[end:])]), re.DOTALL)


# -- requests ----------------------------------------------------------------------------------


def headers_too_large(request_line: str, headers: HeaderPairs) -> bool:
    """Whether request line and header values exceed the gateway's limit."""
    return len(request_line) + sum(len(value) for _, value in headers) > HEADER_LIMIT


def http_event(
    method: str,
    url: str,
    headers: HeaderPairs,
    body: bytes = b"",
    *,
    route: Route,
    source_ip: str = "127.0.0.1",
    now: datetime | None = None,
    request_id: str | None = None,
) -> LambdaEvent:
    """Return the payload 2.0 event of a request; `url` is absolute, or a path with a query."""
    target = urlsplit(url)
    now = now or datetime.now(UTC)
    joined, cookies = _joined(headers)
    joined.setdefault("host", target.netloc)
    _forwarded(joined, target.scheme, source_ip, now)
    event: LambdaEvent = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(target.path),
        "rawQueryString": target.query,
        "headers": joined,
        "requestContext": {
            **_context(joined["host"], request_id),
            "http": {
                "method": method,
                "path": unquote(target.path),
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": joined.get("user-agent", ""),
            },
            "routeKey": route.key,
            "stage": STAGE,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    optional = {
        "cookies": cookies,
        "queryStringParameters": _commas(_query(target.query)),
        "pathParameters": _path_parameters(route, target.path),
    }
    event.update({key: value for key, value in optional.items() if value})
    return event | _body(body, joined.get("content-type", ""), joined)


def rest_event(
    method: str,
    url: str,
    headers: HeaderPairs,
    body: bytes = b"",
    *,
    route: Route,
    source_ip: str = "127.0.0.1",
    now: datetime | None = None,
    request_id: str | None = None,
    binary: bool = False,
) -> LambdaEvent:
    """Return the payload 1.0 event of a request to a REST API.

    A REST API treats every body as text unless its `binaryMediaTypes` include the content type. In
    that case, `binary`, the body is Base64.
    """
    target = urlsplit(url)
    now = now or datetime.now(UTC)
    many = _grouped([(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP])
    many.setdefault(_spelling(many, "Host"), [target.netloc])
    last = {name: values[-1] for name, values in many.items()}
    query = _query(target.query)
    text = base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")
    return {
        "version": "1.0",
        "resource": route.path,
        "path": target.path,
        "httpMethod": method,
        "headers": last,
        "multiValueHeaders": many,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": _path_parameters(route, target.path) or None,
        "stageVariables": None,
        "requestContext": {
            **_context(last[_spelling(many, "Host")], request_id),
            "httpMethod": method,
            "identity": {
                "sourceIp": source_ip,
                "userAgent": last.get(_spelling(many, "User-Agent")),
            },
            "path": f"/{REST_STAGE}{target.path}",
            "protocol": "HTTP/1.1",
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "resourcePath": route.path,
            "stage": REST_STAGE,
        },
        "body": (text or None),
        "isBase64Encoded": bool(binary and body),
    }


def _joined(headers: HeaderPairs) -> tuple[dict[str, str], list[str]]:
    """Return lower-case headers, with repeated ones joined, and the cookies."""
    cookies: list[str] = []
    many: dict[str, list[str]] = {}
    for name, value in headers:
        lower = name.lower()
        if lower == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        elif lower not in _HOP_BY_HOP:
            many.setdefault(lower, []).append(value)
    return _commas(many), cookies


def _forwarded(headers: dict[str, str], scheme: str, source_ip: str, now: datetime) -> None:
    """Add the gateway's own headers."""
    _, _, port = headers["host"].partition(":")
    before = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{before}, {source_ip}" if before else source_ip
    headers["x-forwarded-proto"] = scheme or "http"
    headers["x-forwarded-port"] = port or ("443" if scheme == "https" else "80")
    headers["x-amzn-trace-id"] = f"Root=1-{int(now.timestamp()):08x}-{secrets.token_hex(12)}"


def _context(host: str, request_id: str | None) -> dict[str, str]:
    domain = host.partition(":")[0]
    return {
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "requestId": request_id or secrets.token_hex(8),
    }


def _query(query: str) -> dict[str, list[str]]:
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None)
    return _grouped(pairs)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return many


def _commas(many: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: ",".join(values) for name, values in many.items()}


def _spelling(headers: Mapping[str, object], name: str) -> str:
    """Return the name as the client spelled it; a REST API keeps the case of headers."""
    return next((key for key in headers if key.lower() == name.lower()), name)


def _path_parameters(route: Route, path: str) -> dict[str, str]:
    found = _pattern(route.path).fullmatch(unquote(path))
    return found.groupdict() if found else {}


def _body(body: bytes, content_type: str, headers: Mapping[str, str]) -> LambdaEvent:
    """Return body and isBase64Encoded; anything but plain text is Base64."""
    if not body:
        return {}
    if is_text(content_type) and "content-encoding" not in headers:
        try:
            return {"body": body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}


def is_text(content_type: str) -> bool:
    """Whether an HTTP API forwards a body of this type as text.

    Forms are not text to it, so every form that KAZOO posts arrives as Base64.
    """
    return bool(_TEXT.fullmatch(content_type.partition(";")[0].strip().lower()))


# -- answers -----------------------------------------------------------------------------------


class _MalformedError(ValueError):
    """The function's result is not a valid answer."""


def http_answer(returned: Returned, payload: str = "2.0") -> GatewayAnswer:
    """Return the HTTP answer for a function's result; 500 if it is invalid."""
    if returned.failed:
        return INTERNAL_ERROR
    try:
        value = json.loads(returned.payload)
        if isinstance(value, dict) and "statusCode" in value:
            return _formed(value)
        return _inferred(value, payload)
    except ValueError:
        return INTERNAL_ERROR


def _inferred(value: object, payload: str) -> GatewayAnswer:
    """Return JSON without a statusCode as the body of a 200, which payload 2.0 allows."""
    if payload != "2.0":
        raise _MalformedError
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return GatewayAnswer(200, (("content-type", "application/json"),), text.encode())


def _formed(value: Mapping[str, Any]) -> GatewayAnswer:
    headers = _answer_headers(value)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("content-type", "text/plain;charset=UTF-8"))
    headers += [("set-cookie", _scalar(cookie)) for cookie in value.get("cookies") or ()]
    return GatewayAnswer(_status(value["statusCode"]), tuple(headers), _answer_body(value))


def _status(value: object) -> int:
    status = int(value) if isinstance(value, int | str) else 0
    if not 100 <= status <= 599:  # noqa: PLR2004 the range of HTTP status codes
        raise _MalformedError
    return status


def _answer_headers(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    single, many = value.get("headers") or {}, value.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(many, dict):
        raise _MalformedError
    pairs = [*single.items(), *((name, item) for name, items in many.items() for item in items)]
    return [(name, _scalar(item)) for name, item in pairs if name.lower() not in _NOT_OURS]


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float) or "\n" in str(value) or "\r" in str(value):
        raise _MalformedError
    return str(value)


def _answer_body(value: Mapping[str, Any]) -> bytes:
    body = value.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _MalformedError
    if not value.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise _MalformedError from error
