"""Failures of the local AWS: a wire in front of it that can be cut, silenced, or throttled."""

from __future__ import annotations

import contextlib
import http.client
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal, cast

from pivotctl.stack.ports import HOST, free_port

type Fault = Literal[
    "refused", "cut", "silent", "unanswered", "throttled", "broken", "slow", "misshapen", "expired"
]

_SILENCE_SECONDS = 30.0
_SLOW_SECONDS = 0.9
_THROTTLED = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded.",
    }
).encode()
_BROKEN = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}).encode()
_FAILURES = {"throttled": (400, _THROTTLED), "broken": (500, _BROKEN)}
_JSON = "application/x-amz-json-1.0"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def do_POST(self) -> None:
        """Forward a call, or fail as set on the wire."""
        wire = cast("_Server", self.server).wire
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the function died meanwhile: do not forward half a request
            self.close_connection = True
            return
        operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
        wire.calls.append(operation)
        with wire.call() as fault:
            self._obey(wire, fault, body)

    def _obey(self, wire: Wire, fault: Fault | None, body: bytes) -> None:
        if fault in _FAILURES:
            self._answer(*_FAILURES[fault], _JSON)
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
            self._forward(wire.port, body, spoil=_SPOILERS.get(fault))

    def _forward(self, port: int, body: bytes, spoil: Spoil | None) -> None:
        try:
            status, answer, content_type = self._call(port, body)
        except OSError:
            self.close_connection = True
            return
        spoiled = spoil(answer, body) if spoil else answer
        self._answer(status, spoiled, content_type)

    def _call(self, port: int, body: bytes) -> tuple[int, bytes, str]:
        """Return status, body, and type of the local AWS's answer. Raises `OSError`."""
        upstream = http.client.HTTPConnection(HOST, port, timeout=_SILENCE_SECONDS)
        try:
            upstream.request("POST", self.path, body, dict(self.headers.items()))
            answer = upstream.getresponse()
            content = answer.getheader("content-type", _JSON)
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


def _misshapen(answer: bytes, request: bytes) -> bytes:
    """Return an answer in which each item has attributes of other types.

    An item that was asked for and is not there is made up.
    """
    found, asked = json.loads(answer), json.loads(request)
    if not found and "Key" in asked and "UpdateExpression" not in asked:
        found = {"Item": {**asked["Key"], "value": {"M": {}}}}
    for item in _items(found):
        for name in item.keys() - _KEYS:
            item[name] = {"N": "7"} if "S" in item[name] else {"S": "seven"}
    return json.dumps(found).encode()


def _expired(answer: bytes, request: bytes) -> bytes:
    """Return an answer whose items expired long ago, as DynamoDB keeps them for days."""
    del request
    found = json.loads(answer)
    for item in _items(found):
        item["expires_at"] = {"N": "1"}
    return json.dumps(found).encode()


def _items(answer: Any) -> Iterator[dict[str, Any]]:
    """Yield each item in an answer of DynamoDB, whatever the operation was."""
    for name in ("Item", "Attributes"):
        if name in answer:
            yield answer[name]
    yield from answer.get("Items", ())
    for items in answer.get("Responses", {}).values():
        yield from items


type Spoil = Callable[[bytes, bytes], bytes]
_KEYS = frozenset({"pk", "sk"})
_SPOILERS: Mapping[Fault | None, Spoil] = {"misshapen": _misshapen, "expired": _expired}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, wire: Wire, port: int) -> None:
        self.wire = wire
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that gave up: that is the purpose of a fault."""
        del request, client_address


@dataclass
class Wire:
    """A proxy between functions and DynamoDB, in a stack started with `wire=True`.

    `calls` are the operations seen, such as `UpdateItem`, in order; `port` is the local AWS's;
    `unanswered` counts the operations executed during a fault of this name.
    """

    port: int
    calls: list[str] = field(default_factory=list)
    fault: Fault | None = None
    unanswered: int = 0
    healed: threading.Event = field(default_factory=threading.Event)
    _under_way: int = field(init=False, default=0)
    _changed: threading.Condition = field(init=False, default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._own_port = free_port()
        self._listen()

    def _listen(self) -> None:
        self._server = _Server(self, self._own_port)
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True, name="wire").start()

    @property
    def url(self) -> str:
        """The endpoint for functions."""
        return f"http://{HOST}:{self._own_port}"

    @contextlib.contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Fail every call in one way until the context ends.

        `refused`: nothing listens. `cut`: the connection ends without an answer. `silent`: no
        answer comes. `unanswered`: the operation is executed, but no answer comes. `throttled` and
        `broken`: DynamoDB's throttling or internal error. `slow`: the answer takes 0.9 seconds.
        `misshapen`: attributes have other types. `expired`: items expired long ago.
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
    def closed(self) -> Iterator[None]:
        """Refuse every call until the context ends; it begins when no call is under way."""
        if self.fault:  # it is one already
            yield
            return
        with self.failing("refused"):
            with self._changed:
                self._changed.wait_for(lambda: not self._under_way)
            yield

    @contextlib.contextmanager
    def call(self) -> Iterator[Fault | None]:
        """Count a call as under way until the context ends; yield the fault that it is to meet."""
        with self._changed:
            self._under_way += 1
            fault = self.fault
        try:
            yield fault
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def recorded(self) -> Iterator[list[str]]:
        """Yield the list of operations called until the context ends."""
        self.calls.clear()
        yield self.calls

    def close(self) -> None:
        """Close the wire."""
        self.healed.set()
        self._close()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
