"""API Gateway's `@connections`: functions post to clients, ask about them, and close them."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import unquote

from pivotctl.stack.ports import HOST
from pivotctl.stack.socket_gateway import BufferFullError, GoneError, SocketGateway

_MARK = "/@connections/"


class _Handler(BaseHTTPRequestHandler):
    """Answers with the status and error name of API Gateway's management API."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    timeout = 75.0

    @property
    def gateway(self) -> SocketGateway:
        """The gateway whose connections these are."""
        return cast("_Server", self.server).gateway

    def do_POST(self) -> None:
        """Send the body to a client."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if len(body) > self.gateway.limits.message:
            self._send(413, error="PayloadTooLargeException")
        else:
            self._do(lambda identifier: self.gateway.post(identifier, body), 200)

    def do_GET(self) -> None:
        """Tell when a client connected, and when it was last active."""
        self._do(self.gateway.about, 200)

    def do_DELETE(self) -> None:
        """Close a connection."""
        self._do(self.gateway.close, 204)

    def _do(self, act: Callable[[str], object], status: int) -> None:
        stage, found, identifier = unquote(self.path).partition(_MARK)
        if not found or stage.strip("/") != self.gateway.api.stage:
            self._send(403, error="ForbiddenException")
            return
        try:
            said = act(identifier)
        except GoneError:
            self._send(410, error="GoneException")
        except BufferFullError:
            self._send(429, error="LimitExceededException")
        else:
            self._send(status, json.dumps(said).encode() if said else b"")

    def _send(self, status: int, body: bytes = b"", error: str = "") -> None:
        self.send_response_only(status)
        if error:
            self.send_header("x-amzn-errortype", error)
            body = b'{"message":null}'
        self.send_header("content-type", "application/json")
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

    def __init__(self, gateway: SocketGateway) -> None:
        self.gateway = gateway
        super().__init__((HOST, 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore functions that have gone away."""
        del request, client_address


@dataclass
class SocketPosts:
    """The management API of a gateway, at a port of its own."""

    gateway: SocketGateway
    _server: _Server = field(init=False)

    def __post_init__(self) -> None:
        self._server = _Server(self.gateway)

    @property
    def url(self) -> str:
        """The address, without the stage."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Answer in background threads."""
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True, name="socket-posts").start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
