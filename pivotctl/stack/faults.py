"""Ways for the local AWS to fail: a wire in front of it that can be cut, silenced or throttled."""

from __future__ import annotations

import contextlib
import http.client
import json
import socketserver
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Literal, cast

from pivotctl.stack.ports import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

type Fault = Literal["refused", "cut", "silent", "unanswered", "throttled", "slow"]

_SILENCE_SECONDS = 30.0
_SLOW_SECONDS = 1.0
_THROTTLED = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded.",
    }
).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def do_POST(self) -> None:
        """Pass a call on, or fail as the wire is told to."""
        wire = cast("_Server", self.server).wire
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the function died meanwhile: nothing is called with half a request
            self.close_connection = True
            return
        operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
        wire.calls.append(operation)
        fault = wire.fault
        if fault == "throttled":
            self._answer(400, _THROTTLED, "application/x-amz-json-1.0")
        elif fault in ("cut", "refused"):
            self.close_connection = True
        elif fault in ("silent", "unanswered"):
            if fault == "unanswered":
                self._call(wire.port, body)
                wire.unanswered += 1
            wire.healed.wait(_SILENCE_SECONDS)
            self.close_connection = True
        else:
            if fault == "slow":
                time.sleep(_SLOW_SECONDS)
            self._forward(wire.port, body)

    def _forward(self, port: int, body: bytes) -> None:
        try:
            self._answer(*self._call(port, body))
        except OSError:
            self.close_connection = True

    def _call(self, port: int, body: bytes) -> tuple[int, bytes, str]:
        """Status, body and type of the answer that the local AWS gives. Raises `OSError`."""
        upstream = http.client.HTTPConnection(HOST, port, timeout=_SILENCE_SECONDS)
        try:
            upstream.request("POST", self.path, body, dict(self.headers.items()))
            answer = upstream.getresponse()
            content = answer.getheader("content-type", "application/x-amz-json-1.0")
            return answer.status, answer.read(), content
        finally:
            upstream.close()

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
        """Keep quiet."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, wire: Wire, port: int) -> None:
        self.wire = wire
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is what a fault is for."""
        del request, client_address


@dataclass
class Wire:
    """What functions reach DynamoDB through, in a stack made with `wire=True`.

    `calls` are the operations seen, e.g. `UpdateItem`, in order; `port` is the local AWS's;
    `unanswered` counts those that were done while the fault of this name was on.
    """

    port: int
    calls: list[str] = field(default_factory=list)
    fault: Fault | None = None
    unanswered: int = 0
    healed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._own_port = free_port()
        self._listen()

    def _listen(self) -> None:
        self._server = _Server(self, self._own_port)
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True, name="wire").start()

    @property
    def url(self) -> str:
        """The address to give to functions."""
        return f"http://{HOST}:{self._own_port}"

    @contextlib.contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Fail every call in one way until the context ends.

        `refused`: nothing listens. `cut`: the connection ends without an answer. `silent`: no
        answer ever comes. `unanswered`: what was asked is done, and no answer comes. `throttled`:
        DynamoDB says so. `slow`: the answer takes a second.
        """
        self.healed.clear()
        self.fault = fault
        if fault == "refused":
            self._close()
        try:
            yield
        finally:
            self.fault = None
            self.healed.set()
            if fault == "refused":
                self._listen()

    @contextlib.contextmanager
    def recorded(self) -> Iterator[list[str]]:
        """The operations called in the meantime."""
        self.calls.clear()
        yield self.calls

    def close(self) -> None:
        """Take the wire away."""
        self.healed.set()
        self._close()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
