"""A Crossbar on the loopback interface: envelopes, tokens, and scripted answers."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ACCOUNT, OWNER, REQUEST_ID = "a" * 32, "b" * 32, "6f5902ac237024bdd0c176cb93063dc4"
KEY, TOKEN = "k" * 64, "token"


@dataclass(frozen=True)
class Heard:
    """A request that the server got."""

    method: str
    path: str
    query: Mapping[str, str]
    token: str
    body: Any


@dataclass(frozen=True)
class Said:
    """An answer: a status, a body (JSON, or text as it is), and headers."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def success(data: Any, status: int = 200, **more: Any) -> Said:
    """An envelope of a success."""
    return Said(status, {"data": data, "status": "success", "request_id": REQUEST_ID, **more})


def failure(status: int, message: str, data: Any, **headers: str) -> Said:
    """An envelope of an error."""
    about = {"status": "error", "message": message, "error": str(status)}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, {"data": data, "request_id": REQUEST_ID, **about}, named)


SIGNED_IN = {"account_id": ACCOUNT, "account_name": "acme", "owner_id": OWNER}


@dataclass
class ScriptedCrossbar:
    """Answers with `script`, and after it by `routes`: functions by method and path.

    It issues the tokens `token-1`, `token-2`, and so on, and refuses those in `ended`.
    """

    script: deque[Said] = field(default_factory=deque)
    routes: dict[tuple[str, str], Callable[[Heard], Said]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    issued: int = 0
    url: str = ""

    def answer(self, heard: Heard) -> Said:
        """The answer to a request, which is kept."""
        self.heard.append(heard)
        if self.script:
            return self.script.popleft()
        if heard.path in ("/v2/user_auth", "/v2/api_auth"):
            self.issued += 1
            return success(SIGNED_IN, 201, auth_token=f"token-{self.issued}")
        if heard.token in self.ended or not heard.token:
            return failure(401, "invalid_credentials", {"message": "invalid credentials"})
        route = self.routes.get((heard.method, heard.path))
        if route is None:
            return failure(404, "bad_identifier", {"message": "bad identifier", "cause": "x"})
        return route(heard)

    def route(self, method: str, path: str, data: Any, **more: Any) -> None:
        """Answer a request below /v2 with *data*."""
        self.routes[method, f"/v2{path}"] = lambda _heard: success(data, **more)


def _handler(crossbar: ScriptedCrossbar) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            url = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            heard = Heard(
                self.command,
                url.path,
                dict(parse_qsl(url.query)),
                self.headers.get("x-auth-token", ""),
                json.loads(content) if content else None,
            )
            said = crossbar.answer(heard)
            text = said.body if isinstance(said.body, str) else json.dumps(said.body)
            self.send_response(said.status)
            kind = "text/html" if isinstance(said.body, str) else "application/json"
            sent = {"Content-Type": kind, "Content-Length": str(len(text.encode()))}
            for name, value in {**sent, **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  (http.server's)

        def log_message(self, *arguments: Any) -> None:
            """Log nothing."""

    return Handler


@contextmanager
def serving() -> Iterator[ScriptedCrossbar]:
    """A Crossbar at its `url`."""
    crossbar = ScriptedCrossbar()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(crossbar))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    crossbar.url = f"http://127.0.0.1:{server.server_address[1]}/v2"
    try:
        yield crossbar
    finally:
        server.shutdown()
        server.server_close()
