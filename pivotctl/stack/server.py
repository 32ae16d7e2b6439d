"""The gateway's HTTP side: one server for each API, a thread for each connection."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import socketserver
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from pivotctl.stack import gateway
from pivotctl.stack.gateway import GatewayAnswer
from pivotctl.stack.ports import HOST, PortError
from pivotctl.stack.runtime import PAYLOAD_LIMIT, BusyError, RuntimeFailedError, StillRunningError
from pivotctl.switch.http.exchange import ERROR_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from urllib.parse import SplitResult

    from pivotctl.project import Route
    from pivotctl.stack.gateway import Returned
    from pivotctl.stack.runtime import Pool

_PORT_TRIES = 20
_CHUNK = 64 * 1024
_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_SIGNED = "AWS4-HMAC-SHA256 "
_NO_BODY = frozenset({204, 304})


class _BodyTooLargeError(Exception):
    """The request's body exceeds the gateway's limit."""


@dataclass
class AccessLog:
    """Logs one line a request, with the route, never the path: a path contains a key."""

    write: Callable[[str], None]
    show: Callable[[str], None]

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None:
        """Log one request."""
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        self.write(json.dumps(entry))
        self.show(f"{method:4} {route.removeprefix('ANY ')}  {status}  {seconds * 1000:.0f} ms")


class _Handler(BaseHTTPRequestHandler):
    """Turns a connection's requests into events, and results into answers."""

    protocol_version = "HTTP/1.1"
    # Without these two, headers and body are sent separately, and answers wait for a delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = 65_536
    timeout = 75.0

    @property
    def api(self) -> ApiServer:
        """The server this connection belongs to."""
        return cast("_Server", self.server).api

    def _handle(self) -> None:
        started = time.perf_counter()
        route, answer = "-", gateway.INTERNAL_ERROR
        try:
            route, answer = self._exchange()
        finally:
            self._send(answer)
            self.api.log(self.command, route, answer.status, time.perf_counter() - started)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815

    def _exchange(self) -> tuple[str, GatewayAnswer]:
        if gateway.headers_too_large(self.requestline, list(self.headers.items())):
            self.close_connection = True
            return "-", gateway.HEADERS_TOO_LARGE
        target = urlsplit(self.path)
        if not self.api.admits(target.path, self._lower_case_headers()):
            self.close_connection = True
            return "-", gateway.NOT_FOUND
        try:
            body = self._body()
        except _BodyTooLargeError:
            self.close_connection = True
            return "-", gateway.BODY_TOO_LARGE
        except (ValueError, http.client.HTTPException):
            self.close_connection = True
            return "-", gateway.message(400, "Bad Request")
        match = self.api.router.match(self.command, target.path)
        if match is None:
            return self._own(target, body)
        return match.route.key, self._integrate(match.route, match.target, body)

    def _lower_case_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _own(self, target: SplitResult, body: bytes) -> tuple[str, GatewayAnswer]:
        if found := _INVOKE.fullmatch(target.path):
            return "-", self._invoke(unquote(found[1]), body)
        own = self.api.own.get(target.path)
        return ("-", own()) if own else ("-", gateway.NOT_FOUND)

    def _invoke(self, name: str, payload: bytes) -> GatewayAnswer:
        """Answer Lambda's Invoke, as an AWS SDK on this machine asks it.

        A browser cannot sign as an SDK does, and a page elsewhere has another Host.
        """
        headers = self._lower_case_headers()
        signed = headers.get("authorization", "").startswith(_SIGNED)
        if self.command != "POST" or not signed or headers.get("host") != self.api.host:
            return gateway.NOT_FOUND
        try:
            returned = self.api.invoke(name, payload)
        except (BusyError, StillRunningError):
            return gateway.UNAVAILABLE
        if returned is None:
            return gateway.message(404, f"Function not found: {name}")
        failed = (("x-amz-function-error", "Unhandled"),) if returned.failed else ()
        return GatewayAnswer(200, (("content-type", "application/json"), *failed), returned.payload)

    def _integrate(self, route: Route, pool: Pool, body: bytes) -> GatewayAnswer:
        make = gateway.http_event if route.payload == "2.0" else gateway.rest_event
        headers = list(self.headers.items())
        event = make(
            self.command, self.path, headers, body, route=route, source_ip=self.client_address[0]
        )
        payload = json.dumps(event).encode()
        if len(payload) > PAYLOAD_LIMIT:
            return gateway.BODY_TOO_LARGE
        try:
            returned = pool.invoke(payload, route.timeout)
        except (BusyError, StillRunningError):
            return gateway.UNAVAILABLE
        except RuntimeFailedError as error:
            self.api.complain(str(error))
            return gateway.INTERNAL_ERROR
        self.api.invoked(pool.name)
        answer = gateway.http_answer(returned, route.payload)
        if not returned.failed:
            return answer
        named = (ERROR_HEADER, self.api.explain(pool.name, returned))
        return replace(answer, headers=(*answer.headers, named))

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunked()
        length = int(self.headers.get("content-length") or 0)
        if length < 0:
            raise ValueError
        if length > gateway.BODY_LIMIT:
            self._discard(length)
            raise _BodyTooLargeError
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ValueError  # the client went away: do not invoke the function with half a request
        return body

    def _discard(self, length: int) -> None:
        """Read and discard the body, so that the client can read the answer."""
        left = min(length, 4 * gateway.BODY_LIMIT)
        while left > 0 and (chunk := self.rfile.read(min(_CHUNK, left))):
            left -= len(chunk)

    def _chunked(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline(_CHUNK).partition(b";")[0], 16):
            if len(body) + size > gateway.BODY_LIMIT:
                raise _BodyTooLargeError
            body += self.rfile.read(size)
            self.rfile.readline(_CHUNK)
        while self.rfile.readline(_CHUNK).strip():
            pass
        return bytes(body)

    def handle_expect_100(self) -> bool:
        """Answer `Expect: 100-continue` at once."""
        done = super().handle_expect_100()
        self.wfile.flush()
        return done

    def _send(self, answer: GatewayAnswer) -> None:
        self.send_response_only(answer.status)
        self.send_header("date", self.date_time_string())
        self.send_header("apigw-requestid", secrets.token_urlsafe(12))
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in _NO_BODY:
            self.send_header("content-length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status not in _NO_BODY:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an invalid HTTP request in the gateway's own format."""
        del explain
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        self._send(gateway.message(int(code), message or http.client.responses.get(code, "")))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
        """Keep quiet: the access log has its own line."""


class _Server(socketserver.ThreadingTCPServer):
    # Not HTTPServer, which looks up the host's name; that may take seconds.
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, port: int, api: ApiServer) -> None:
        self.api = api
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that have gone away."""
        del request, client_address


@dataclass
class ApiServer:
    """An API of the template on a port.

    `explain` reports a failed invocation, and returns the error's name. `invoked` learns which
    function has answered a request. `own` are paths that the stack itself answers, and `invoke`
    runs a function for an AWS SDK on this machine. What `admits` does not let in, by path and
    lower-case headers, is 404 before its body is read.
    """

    routes: Iterable[tuple[Route, Pool]]
    log: AccessLog
    complain: Callable[[str], None]
    explain: Callable[[str, Returned], str]
    invoked: Callable[[str], None] = lambda _name: None
    own: dict[str, Callable[[], GatewayAnswer]] = field(default_factory=dict)
    invoke: Callable[[str, bytes], Returned | None] = lambda _name, _payload: None
    admits: Callable[[str, Mapping[str, str]], bool] = lambda _path, _headers: True
    port: int = 0
    _server: _Server | None = None
    _serving: bool = False

    def __post_init__(self) -> None:
        self.router = gateway.Router(self.routes)

    def route(self, routes: Iterable[tuple[Route, Pool]]) -> None:
        """Serve other routes from the next request on."""
        self.router = gateway.Router(routes)

    @property
    def url(self) -> str:
        """The API's address."""
        return f"http://{HOST}:{self.port}"

    @property
    def host(self) -> str:
        """The header Host of requests from this machine."""
        return f"{HOST}:{self.port}"

    def bind(self, port: int, *, exactly: bool) -> None:
        """Bind `port`, or the next free one unless it must be exactly this one."""
        candidates = (port,) if exactly else range(port, port + _PORT_TRIES)
        for candidate in candidates:
            try:
                self._server = _Server(candidate, self)
            except PermissionError as error:
                raise PortError(
                    f"Port {candidate} is for privileged users: choose one from 1024 on with --port"
                ) from error
            except OSError:
                continue
            self.port = int(self._server.server_address[1])
            return
        if exactly:
            raise PortError(f"Port {port} is in use: choose another one with --port")
        raise PortError(
            f"Ports {port} to {port + _PORT_TRIES - 1} are all in use: choose one with --port"
        )

    def start(self) -> None:
        """Start answering requests, in background threads."""
        if self._server is not None:
            serve = self._server.serve_forever
            threading.Thread(target=serve, args=(0.05,), daemon=True, name="gateway").start()
            self._serving = True

    def stop(self) -> None:
        """Stop answering requests."""
        if self._server is not None:
            if self._serving:  # shutdown waits for the loop, even for one that never started
                self._server.shutdown()
            self._server.server_close()
            self._server = None
            self._serving = False
