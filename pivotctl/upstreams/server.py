"""The fakes' HTTP server, on the loopback interface, with a path for each service.

`/crm/...` is the fake called crm. `/_upstreams/crm` controls it: GET returns its mode and the
requests received, PUT with `{"mode": "slow"}` switches its mode. Paths below that address are for
local tools only.
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from pivotctl.upstreams.ads import AdsFake
from pivotctl.upstreams.assistant import AssistantFake
from pivotctl.upstreams.balance import BalanceFake
from pivotctl.upstreams.bedrock import BedrockFake
from pivotctl.upstreams.billing import BillingFake
from pivotctl.upstreams.caldav import CalDavFake
from pivotctl.upstreams.calendar import CalendarFake
from pivotctl.upstreams.chat import ChatFake
from pivotctl.upstreams.crm import CrmFake
from pivotctl.upstreams.crossbar import CrossbarFake
from pivotctl.upstreams.customer import CustomerFake
from pivotctl.upstreams.desk import DeskFake
from pivotctl.upstreams.google import GoogleFake
from pivotctl.upstreams.microsoft import MicrosoftFake
from pivotctl.upstreams.orders import OrdersFake
from pivotctl.upstreams.payments import PaymentsFake
from pivotctl.upstreams.routing import RoutingFake
from pivotctl.upstreams.rows import RowsFake
from pivotctl.upstreams.salesforce import SalesforceFake
from pivotctl.upstreams.service import NOT_FOUND, Fake, FakeMode, FakeReply, FakeRequest, wrong
from pivotctl.upstreams.sms import SmsFake

HOST = "127.0.0.1"
CONTROL = "/_upstreams"
SLOW_SECONDS = 4.0
"""Seconds that a slow service takes, longer than any template waits."""

_KEPT = 1000
_FAILED = FakeReply("<html><h1>Internal Server Error</h1></html>", 500, "text/html")
"""The answer of a failing server, for services without an error format of their own."""

_DRIP_SECONDS = 0.05
_PAGE = FakeReply("<!doctype html><title>Sign in</title><p>Please sign in.", kind="text/html")
_HUGE = FakeReply(b"[" + b" " * 1_000_000 + b"]")
_FIXED = {FakeMode.HTML: _PAGE, FakeMode.HUGE: _HUGE}
"""The answers of modes in which a fake answers every request alike."""

# struct linger: on, for 0 seconds. Closing then sends a reset instead of a normal end.
_RESET_ON_CLOSE = (1).to_bytes(4, "little") + bytes(4)

FAKES: Mapping[str, Callable[[], Fake]] = {
    "ads": AdsFake,
    "assistant": AssistantFake,
    "balance": BalanceFake,
    "bedrock": BedrockFake,
    "billing": BillingFake,
    "caldav": CalDavFake,
    "calendar": CalendarFake,
    "chat": ChatFake,
    "crm": CrmFake,
    "crossbar": CrossbarFake,
    "kazoo": CrossbarFake,
    "customer": CustomerFake,
    "desk": DeskFake,
    "google": GoogleFake,
    "microsoft": MicrosoftFake,
    "orders": OrdersFake,
    "payments": PaymentsFake,
    "primary": RoutingFake,
    "rows": RowsFake,
    "salesforce": SalesforceFake,
    "secondary": RoutingFake,
    "sms": SmsFake,
}
"""The fakes by name; in a local run they replace `https://<name>.example.com/...` in `..._URL`."""

SAME = {"kazoo": "crossbar"}
"""Other names of the same fake: KAZOO's API is Crossbar."""


class UnknownUpstreamError(AttributeError):
    """No fake has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no upstream {name!r}. Use one of: {', '.join(FAKES)}.")


class FakeUpstream:
    """A fake in a running stack: its mode, and the requests received."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._changed = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Start again, without state or received requests."""
        close = getattr(getattr(self, "fake", None), "close", None)
        if close:
            close()
        self.fake = FAKES[self.name]()
        self.received: deque[FakeRequest] = deque(maxlen=_KEPT)
        self.switch(FakeMode.OK)

    def switch(self, mode: FakeMode) -> None:
        """Switch the mode; pending slow answers are sent at once."""
        self._changed.set()
        self._changed = threading.Event()
        self.mode = mode

    def is_well(self) -> None:
        """Switch to normal answers."""
        self.switch(FakeMode.OK)

    def is_slow(self) -> None:
        """Switch to answers that come too late."""
        self.switch(FakeMode.SLOW)

    def is_wrong(self) -> None:
        """Switch to JSON of an unexpected shape."""
        self.switch(FakeMode.WRONG)

    def fails(self) -> None:
        """Switch to status 500."""
        self.switch(FakeMode.ERROR)

    def is_dead(self) -> None:
        """Switch to resetting connections."""
        self.switch(FakeMode.DEAD)

    def drips(self) -> None:
        """Switch to answers that come byte by byte."""
        self.switch(FakeMode.DRIP)

    def is_huge(self) -> None:
        """Switch to answers of a megabyte."""
        self.switch(FakeMode.HUGE)

    def answers_html(self) -> None:
        """Switch to a page with status 200."""
        self.switch(FakeMode.HTML)

    def reply(self, request: FakeRequest) -> FakeReply | None:
        """Return the answer to a request, or None for no answer."""
        self.received.append(request)
        mode = self.mode
        if mode is FakeMode.DEAD:
            return None
        if mode is FakeMode.ERROR:
            return self._failed()
        if mode in _FIXED:
            return _FIXED[mode]
        if mode is FakeMode.SLOW:
            self._changed.wait(SLOW_SECONDS)
        reply = self._answered(request)
        if mode is FakeMode.DRIP:
            return replace(reply, pause=_DRIP_SECONDS)
        return FakeReply(wrong(reply.body), reply.status) if mode is FakeMode.WRONG else reply

    def control(self, request: FakeRequest) -> FakeReply:
        """Return the fake's answer to a local tool; the request is not counted."""
        control = getattr(self.fake, "control", None)
        return self._tried(control, request) if control else NOT_FOUND

    def _failed(self) -> FakeReply:
        failed = getattr(self.fake, "failed", None)
        return failed() if failed else _FAILED

    def _answered(self, request: FakeRequest) -> FakeReply:
        return self._tried(self.fake.answer, request)

    def _tried(self, answer: Callable[[FakeRequest], FakeReply], request: FakeRequest) -> FakeReply:
        try:
            return answer(request)
        except (KeyError, TypeError, AttributeError) as error:
            return FakeReply({"error": f"the request lacks {error}"}, 400)


class Upstreams:
    """All fakes on one port: `upstreams.crm.is_slow()`, `upstreams.sms.received`."""

    def __init__(self) -> None:
        self._all = {name: FakeUpstream(name) for name in FAKES if name not in SAME}
        self._all |= {other: self._all[name] for other, name in SAME.items()}
        self._server = _Server(self)

    def __getattr__(self, name: str) -> FakeUpstream:
        return self[name]

    def __getitem__(self, name: str) -> FakeUpstream:
        if name not in self._all:
            raise UnknownUpstreamError(name)
        return self._all[name]

    @property
    def url(self) -> str:
        """The address of all fakes."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def show(self, line: Callable[[str], None]) -> None:
        """Show the calls that Crossbar places, line by line."""
        cast("CrossbarFake", self["crossbar"].fake).crossbar.calls.show = line

    def start(self) -> None:
        """Start answering requests, in background threads."""
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True, name="upstreams").start()

    def stop(self) -> None:
        """Stop answering requests."""
        self._server.shutdown()
        self._server.server_close()
        self.reset()

    def reset(self) -> None:
        """Reset every fake."""
        for upstream in self._all.values():
            upstream.reset()


def redirected(variables: Mapping[str, str], url: str) -> dict[str, str]:
    """Return *variables* with the fakes at *url* instead of the example services."""
    return {name: _redirected(name, value, url) for name, value in variables.items()}


def _redirected(name: str, value: str, url: str) -> str:
    host, _, path = value.removeprefix("https://").partition("/")
    service = host.removesuffix(".example.com")
    if not name.endswith("_URL") or host in {value, service} or service not in FAKES:
        return value
    return f"{url}/{service}{'/' if path else ''}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def _handle(self) -> None:
        upstreams = cast("_Server", self.server).upstreams
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urlsplit(self.path)
        first, _, rest = url.path.removeprefix("/").partition("/")
        request = FakeRequest(
            self.command,
            f"/{rest}",
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            _json(content),
            content.decode(errors="replace"),
        )
        if f"/{first}" == CONTROL:
            self._send(_controlled(upstreams, request))
        elif first in FAKES:
            self._send(upstreams[first].reply(request))
        else:
            self._send(NOT_FOUND)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_REPORT = _handle  # noqa: N815

    def _send(self, reply: FakeReply | None) -> None:
        if reply is None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            return
        plain = isinstance(reply.body, bytes) or reply.kind != "application/json"
        body = reply.body if plain else json.dumps(reply.body)
        content = body if isinstance(body, bytes) else body.encode()
        headers = {"content-type": reply.kind, "content-length": str(len(content))}
        self.send_response(reply.status)
        for name, value in {**headers, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        for part in _parts(content, reply.pause):
            self.wfile.write(part)
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
        """Keep quiet."""


def _parts(content: bytes, pause: float) -> Iterator[bytes]:
    """Yield the content at once, or with a *pause* before each byte."""
    if not pause:
        yield content
        return
    yield b""  # the headers, without a pause
    for place in range(len(content)):
        time.sleep(pause)
        yield content[place : place + 1]


def _controlled(upstreams: Upstreams, request: FakeRequest) -> FakeReply:
    """Return the answer to a request that controls a fake."""
    name, _, rest = request.path.removeprefix("/").partition("/")
    if name not in FAKES:
        return FakeReply({"error": str(UnknownUpstreamError(name))}, 404)
    upstream = upstreams[name]
    if rest:
        return upstream.control(request)
    if request.method == "PUT":
        try:
            upstream.switch(FakeMode(request.body["mode"]))
        except (KeyError, TypeError, ValueError):
            return FakeReply({"error": f'send {{"mode": one of {", ".join(FakeMode)}}}'}, 400)
    return FakeReply(
        {"mode": upstream.mode, "received": [_shown(each) for each in upstream.received]}
    )


def _shown(request: FakeRequest) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "key": request.key,
        "body": request.body,
    }


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, upstreams: Upstreams) -> None:
        self.upstreams = upstreams
        super().__init__((HOST, 0), _Handler)

    def shutdown_request(self, request: Any) -> None:
        """Close at once; `shutdown` first would prevent a reset."""
        self.close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that gave up: that is the purpose of a slow service."""
        del request, client_address
