"""One HTTP exchange as KAZOO makes it: bytes, headers, deadline, redirects, follow-up URLs.

Follows `pivot_call:send_req/7`, `kz_http.erl` over httpc, and `kz_http_util:resolve_uri/2`.
"""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from pivotctl.switch.http.form_encoding import Json, form_text, json_text, with_query
from pivotctl.whole_numbers import whole

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PROCESSED = frozenset({200, 206})
ERROR_HEADER = "x-pivot-error"
"""A header of local answers that names the error of a failed function. KAZOO ignores it."""

TIMEOUT_SECONDS = 5.0
_MAX_REDIRECTS = 6
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_POST_BECOMES_GET = frozenset({301, 302, 303})
_UNAVAILABLE = 503
_LONGEST_RETRY = 100
_PORTS = {"http": 80, "https": 443}

type Headers = tuple[tuple[str, str], ...]


class ExchangeError(Exception):
    """No answer came: `reason` is `timeout`, `unreachable`, or `refused_url`."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class HttpRequest:
    """A request as it goes over the wire; `timeout` in seconds covers the whole exchange."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    timeout: float = TIMEOUT_SECONDS

    @property
    def target(self) -> str:
        """Path and query of the request line."""
        return parse_url(self.url).target

    def header(self, name: str) -> str | None:
        """Return the first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class HttpResponse:
    """An answer: header names as the server spelled them, the body without transfer coding."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def content_type(self) -> str | None:
        """The Content-Type as received, or None."""
        return self.header("content-type")


type Transport = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True)
class Url:
    """The parts of a URL that httpc uses; nothing is decoded or corrected."""

    scheme: str
    user: str
    host: str
    port: int
    target: str
    fragment: str = field(default="")

    @property
    def authority(self) -> str:
        """The value of the host header, with the port unless it is the scheme's default."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


def parse_url(url: str) -> Url:
    """Split an absolute http(s) URL, keeping every byte of its path and query."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() not in _PORTS:
        raise ExchangeError("refused_url", f"{url!r} is not an absolute http or https URL")
    rest, _, fragment = rest.partition("#")
    # httpc takes everything up to the first slash or question mark as the authority.
    cut = min(index for index in (rest.find("/"), rest.find("?"), len(rest)) if index >= 0)
    authority, target = rest[:cut], rest[cut:]
    user, _, place = authority.rpartition("@")
    host, port = _host_and_port(place, _PORTS[scheme.lower()])
    target = target if target.startswith("/") else "/" + target
    return Url(scheme.lower(), user, host, port, target, fragment)


def _host_and_port(place: str, default: int) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    number = whole(port)
    if colon and number is not None and not host.endswith(":"):
        return host, number
    return place.rstrip(":"), default


def pivot_request(
    url: str,
    method: str,
    parameters: Mapping[str, Json],
    body_format: str = "form",
    extra: Headers = (),
) -> HttpRequest:
    """Return the request for `parameters`: GET puts them into the URL, POST into the body.

    `body_format` is `form` or `json`; a GET is always form-encoded. `extra` headers come last.
    """
    request = _pivot_request(url, method, dict(parameters), body_format)
    return replace(request, headers=request.headers + extra)


def _pivot_request(url: str, method: str, values: dict[str, Json], body_format: str) -> HttpRequest:
    if method.lower() == "get":
        return _get(with_query(_without_colon_in_user(url), form_text(values)))
    if body_format == "json":
        return post(url, json_text(values), JSON)
    return post(url, form_text(values), FORM)


def post(url: str, text: str, content_type: str) -> HttpRequest:
    """Return a POST of `text`, with exactly the headers that KAZOO sends."""
    body = text.encode("utf-8", "surrogatepass")
    # The order of the headers is KAZOO's on the wire.
    head = (("content-type", content_type), ("content-length", str(len(body))))
    return HttpRequest("POST", url, head + _common_headers(url), body)


def upload(url: str, method: str, media: str) -> HttpRequest:
    """Return the upload of a recording to `url`; its content is just its name."""
    kind = "audio/x-wav" if media.endswith(".wav") else "audio/mpeg"
    return replace(post(url, media, kind), method=method.upper())


def _get(url: str) -> HttpRequest:
    return HttpRequest("GET", url, (("content-length", "0"), *_common_headers(url)))


def _common_headers(url: str) -> Headers:
    """Return the headers that httpc adds; an invalid address is refused later, on sending."""
    try:
        parts = parse_url(url)
    except ExchangeError:
        return ()
    headers: Headers = (("te", ""), ("host", parts.authority), ("connection", "keep-alive"))
    if not parts.user:
        return headers
    token = base64.b64encode(parts.user.encode()).decode()
    return (*headers, ("authorization", f"Basic {token}"))


def _without_colon_in_user(url: str) -> str:
    """Damage user info as KAZOO does for GET: `user:pass@host` becomes `userpass@host`."""
    try:
        user = parse_url(url).user
    except ExchangeError:
        return url
    return url.replace(f"{user}@", f"{user.replace(':', '')}@", 1) if user else url


def is_odd(url: str) -> bool:
    """Return whether httpc of OTP 23 and later refuses the path, query, or fragment of a URL.

    They have no space, no raw bracket, and no character outside ASCII (`uri_string:normalize/2`).
    """
    found = _URL.fullmatch(url)
    return not found or not all(_PART.fullmatch(part or "") for part in found.groups())


_URL = re.compile(r"(?i:https?):(?://[^/?#]*)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_PART = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*(?:%.?)?")
"""A path, query, or fragment; at its very end `uri_string` overlooks a cut percent sign."""


def refuse_odd(url: str) -> None:
    """Refuse URLs that OTP 23 and later refuse. Raises `ExchangeError`."""
    if is_odd(url):
        text = f"{url} has raw brackets, spaces, or characters that OTP 23 and later refuse"
        raise ExchangeError("refused_url", f"{text}; encode them, or use method post")


def exchange(request: HttpRequest, transport: Transport) -> HttpResponse:
    """Send `request` and follow redirects as httpc does, all within its timeout.

    A PUT stays a PUT (`kz_att_http:send_request/6`). After too many redirects the last 3xx is
    the answer. After a 503 with Retry-After the request is sent again after that time, which is
    usually longer than KAZOO waits. Raises `ExchangeError`.
    """
    deadline = time.monotonic() + request.timeout
    for _ in range(_MAX_REDIRECTS):
        response = transport(replace(request, timeout=max(deadline - time.monotonic(), 0.001)))
        pause = _retry_after(response)
        if pause is not None:
            _wait(pause, deadline, request)
            continue
        followed = _redirected(request, response)
        if followed is None:
            return response
        request = followed
    return response


def _retry_after(response: HttpResponse) -> int | None:
    """Return the seconds after which httpc sends a request again, or None if it does not."""
    after = whole(response.header("retry-after") or "")
    if response.status != _UNAVAILABLE or after is None or after >= _LONGEST_RETRY:
        return None
    return after


def _wait(seconds: int, deadline: float, request: HttpRequest) -> None:
    if time.monotonic() + seconds >= deadline:
        text = f"no answer within {request.timeout:.1f} s: status 503 with Retry-After: {seconds}"
        raise ExchangeError("timeout", text)
    time.sleep(seconds)


def _redirected(request: HttpRequest, response: HttpResponse) -> HttpRequest | None:
    location = response.header("location")
    if response.status not in _REDIRECTS or not location:
        return None
    url = urljoin(request.url, location)
    if request.method == "GET":
        return replace(_get(url), timeout=request.timeout)
    kind = request.header("content-type") or FORM
    if request.method == "PUT" or response.status not in _POST_BECOMES_GET:
        again = post(url, request.body.decode("utf-8", "surrogatepass"), kind)
        return replace(again, method=request.method, timeout=request.timeout)
    get = _get(url)
    return replace(get, headers=(("content-type", kind), *get.headers))


def send(request: HttpRequest) -> HttpResponse:
    """Send the exact bytes over a socket, and cut the connection when the time is up."""
    url = parse_url(request.url)
    try:
        with _connection(url, request.timeout) as (connection, expired):
            try:
                connection.sendall(wire(request))
                return _response(connection, request.method)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _failure(request, error, expired=expired.is_set()) from error
    except (OSError, OverflowError, ValueError) as error:  # no such host name or port, too
        raise _failure(request, error, expired=isinstance(error, TimeoutError)) from error


def wire(request: HttpRequest) -> bytes:
    """Return request line, headers, and body as they are sent."""
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + request.body


@contextmanager
def _connection(url: Url, timeout: float) -> Iterator[tuple[socket.socket, threading.Event]]:
    """Open a connection that is shut down after `timeout` seconds, even if data trickles in."""
    expired = threading.Event()
    plain = socket.create_connection((url.host.strip("[]"), url.port), timeout)
    timer = threading.Timer(timeout, _cut, (plain, expired))
    timer.daemon = True
    timer.start()
    try:
        yield (_secured(plain, url) if url.scheme == "https" else plain), expired
    finally:
        timer.cancel()
        plain.close()


def _cut(connection: socket.socket, expired: threading.Event) -> None:
    expired.set()
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _secured(plain: socket.socket, url: Url) -> socket.socket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=url.host)


def _response(connection: socket.socket, method: str) -> HttpResponse:
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
        return HttpResponse(response.status, tuple(response.getheaders()), body)
    finally:
        response.close()


def _failure(request: HttpRequest, error: Exception, *, expired: bool) -> ExchangeError:
    if expired or isinstance(error, TimeoutError):
        return ExchangeError("timeout", f"no complete answer within {request.timeout:.1f} s")
    return ExchangeError("unreachable", f"{request.url}: {error}")


def resolve_uri(current: str, relative: str | None) -> str:
    """Return the next URL of a TwiML call. Unlike RFC 3986 it appends `/menu` to the path."""
    if not relative:
        return current
    if relative.startswith("http"):
        return relative
    tokens = current.split("/")
    for segment in relative.split("/"):
        tokens = _resolved(tokens, segment)
    return "/".join(tokens)


def _resolved(tokens: list[str], segment: str) -> list[str]:
    if segment == "..":
        return tokens[:-1]
    if segment in ("", "."):
        return tokens
    last = tokens[-1] if tokens else ""
    return [*tokens[:-1], segment] if last == "" or "." in last else [*tokens, segment]
