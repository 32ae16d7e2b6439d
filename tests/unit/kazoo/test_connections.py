"""Connections: proxies, conditional requests, and what is closed; on the local Crossbar."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
import trustme

from pivotctl.commands.kazoo_connection import connected
from pivotctl.crossbar import ACCOUNT_ID, API_KEY, LocalCrossbar
from pivotctl.crossbar.envelope import CrossbarAnswer, CrossbarRefusal, CrossbarRequest, failure
from pivotctl.kazoo import errors
from pivotctl.kazoo.client import KazooClient, ReadDocument, Session
from pivotctl.kazoo.connections import proxy_for
from pivotctl.kazoo.credentials import SignIns
from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.kazoo.transport import Transport
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake
from tests.unit.kazoo.crossbar_server import ScriptedCrossbar

READ = CrossbarCall("GET", "/webhooks", repeatable=True)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# -- proxies ---------------------------------------------------------------------------------------

PROXY = "http://proxy.example.com:3128"
CHOICES: list[tuple[dict[str, str], str, str]] = [
    ({}, "https://kazoo.example.com", ""),
    ({"HTTPS_PROXY": PROXY}, "https://kazoo.example.com:8443/v2", PROXY),
    ({"https_proxy": PROXY}, "https://kazoo.example.com", PROXY),
    ({"HTTPS_PROXY": "proxy.example.com:3128"}, "https://kazoo.example.com", PROXY),
    ({"HTTP_PROXY": PROXY}, "https://kazoo.example.com", ""),
    ({"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com"}, "https://kazoo.example.com:8443", ""),
    ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, "https://kazoo.example.com", ""),
    ({"HTTPS_PROXY": PROXY, "NO_PROXY": "other.com"}, "https://kazoo.example.com", PROXY),
    ({"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY}, "http://localhost:8000", ""),
    ({"HTTPS_PROXY": PROXY}, "https://127.0.0.1:8443", ""),
]


@pytest.mark.parametrize(("variables", "url", "proxy"), CHOICES)
def test_the_proxy_of_a_url(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, proxy: str
) -> None:
    """HTTPS_PROXY counts, unless NO_PROXY names the host; this machine is reached straight."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


@dataclass
class Proxy:
    """A proxy that connects to *target*, whatever host it is asked for, or answers *status*."""

    target: int
    status: int = 200
    heard: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            """Connect, and pass bytes on until one side ends."""
            login = self.headers.get("proxy-authorization", "")
            proxy.heard.append((self.path, login))
            self.send_response(proxy.status)
            self.end_headers()
            if proxy.status != 200:
                return
            with socket.create_connection(("127.0.0.1", proxy.target)) as server:
                pipe(self.connection, server)

        def log_message(self, *arguments: Any) -> None:
            """Log nothing."""

    return Handler


def pipe(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on between two sockets, until one is closed."""
    peers = {one: other, other: one}
    while True:
        for ready in select.select(list(peers), [], [])[0]:
            try:
                data = ready.recv(65_536)
            except OSError:
                return
            if not data:
                return
            peers[ready].sendall(data)


@pytest.fixture
def proxy(crossbar: ScriptedCrossbar) -> Iterator[Proxy]:
    """A proxy on a port of its own, in front of the Crossbar."""
    found = Proxy(int(crossbar.url.split(":")[2].partition("/")[0]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    found.url = f"http://jane:p%40ss@127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()


class Tls(socketserver.ThreadingTCPServer):
    """A server that speaks TLS in front of another port."""

    daemon_threads = True
    context: ssl.SSLContext
    behind: int


class _Decrypting(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Pass a decrypted request on, and the answer back; one request is enough here."""
        server = self.server
        assert isinstance(server, Tls)
        with (
            server.context.wrap_socket(self.request, server_side=True) as inside,
            socket.create_connection(("127.0.0.1", server.behind)) as outside,
        ):
            outside.sendall(inside.recv(65_536))
            outside.shutdown(socket.SHUT_WR)
            while content := outside.recv(65_536):
                inside.sendall(content)


def test_https_through_a_proxy(
    proxy: Proxy, crossbar: ScriptedCrossbar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The proxy gets host, port, and its own login, and nothing of what is sent through it."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("kazoo.example.com").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    crossbar.route("GET", "/webhooks", [])
    with Tls(("127.0.0.1", 0), _Decrypting) as server:
        server.context, server.behind, proxy.target = (
            context,
            proxy.target,
            server.server_address[1],
        )
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with Transport("https://kazoo.example.com:8443/v2") as transport:
            assert transport.send(READ, "token-1").status == 200
        server.shutdown()
    login = base64.b64encode(b"jane:p@ss").decode()
    assert proxy.heard == [("kazoo.example.com:8443", f"Basic {login}")]


@pytest.mark.parametrize(
    ("status", "said"),
    [(407, "(HTTPS_PROXY) answered 407 "), (0, "(HTTPS_PROXY) cannot be reached: correct")],
)
def test_a_proxy_that_does_not_connect(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    """The error names the proxy without its password, the variable, and the fix."""
    proxy.status = status
    monkeypatch.setenv("HTTPS_PROXY", proxy.url if status else "http://jane:p%40ss@127.0.0.1:9")
    with (
        Transport("https://kazoo.example.com:8443", sleep=lambda _seconds: None) as transport,
        pytest.raises(errors.NotConnected) as caught,
    ):
        transport.send(READ)
    assert said in str(caught.value)
    assert "add kazoo.example.com to NO_PROXY" in str(caught.value)
    assert "p%40ss" not in str(caught.value)


# -- the local Crossbar, with faults ---------------------------------------------------------------

HOOK: dict[str, Any] = {"name": "events", "hook": "all", "uri": "https://h.example/x"}


@dataclass
class Faulty:
    """The local Crossbar, which fails at some requests as KAZOO does, and notes all of them."""

    crossbar: LocalCrossbar
    url: str
    faults: list[CrossbarAnswer] = field(default_factory=list)
    heard: list[CrossbarRequest] = field(default_factory=list)

    def fails(self, status: int, message: str, **headers: str) -> None:
        """Fail at the next request."""
        body = failure(CrossbarRefusal(status, message), self.crossbar.clock())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append(CrossbarAnswer(status, body, headers=named))

    def handle(self, request: CrossbarRequest) -> CrossbarAnswer:
        """The answer to a request."""
        self.heard.append(request)
        return self.faults.pop(0) if self.faults else LocalCrossbar.handle(self.crossbar, request)


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """The local Crossbar on a port of its own."""
    running = Upstreams()
    running.start()
    fake = running.crossbar.fake
    assert isinstance(fake, CrossbarFake)
    found = Faulty(fake.crossbar, f"{running.url}/crossbar/v2")
    fake.crossbar.handle = found.handle  # type: ignore[method-assign]
    yield found
    running.stop()


@pytest.fixture
def hooked(faulty: Faulty, waits: list[float]) -> Iterator[tuple[KazooClient, str]]:
    """A client, and the path of a webhook."""
    with Transport(faulty.url, sleep=waits.append) as transport:
        client = KazooClient(transport, Session(transport, key=API_KEY))
        made = client.put(f"/accounts/{ACCOUNT_ID}/webhooks", {"data": HOOK})
        faulty.heard.clear()
        yield client, f"/accounts/{ACCOUNT_ID}/webhooks/{made.text('data', 'id')}"


def test_a_document_that_somebody_has_changed(hooked: tuple[KazooClient, str]) -> None:
    """A change with the ETag of a document that has changed since is refused as a conflict."""
    client, path = hooked
    read = client.read(path)
    client.patch(path, name="theirs")
    with pytest.raises(errors.Conflict, match="Someone else changed the document"):
        client.change(path, read, name="ours")
    assert client.read(path).data["name"] == "theirs"
    client.change(path, client.read(path), name="ours")
    assert client.read(path).data["name"] == "ours"
    client.change(path, ReadDocument({}, ""), name="at once")
    assert client.read(path).data["name"] == "at once"


def test_a_busy_crossbar(
    faulty: Faulty, hooked: tuple[KazooClient, str], waits: list[float]
) -> None:
    """After 429 even a change is sent again, once the time has passed that Crossbar asks for."""
    client, path = hooked
    read = client.read(path)
    faulty.fails(429, "too_many_requests", Retry_After="7")
    client.change(path, read, name="ours")
    assert waits == [7.0]
    assert client.read(path).data["name"] == "ours"


def test_a_token_that_ends_in_between(faulty: Faulty, hooked: tuple[KazooClient, str]) -> None:
    """After 401 the client signs in again, once, and sends the same request with its ETag."""
    client, path = hooked
    read = client.read(path)
    faulty.heard.clear()
    faulty.fails(401, "invalid_credentials")
    client.change(path, read, name="ours")
    assert [each.method for each in faulty.heard] == ["PATCH", "PUT", "PATCH"]
    first, _, second = (each.headers for each in faulty.heard)
    assert first["x-auth-token"] != second["x-auth-token"]
    assert first["if-match"] == second["if-match"] == read.etag
    faulty.fails(401, "invalid_credentials")
    faulty.fails(404, "bad_identifier")
    with pytest.raises(errors.SignInNeeded):
        client.read(path)


def test_what_is_repeated_by_a_failing_crossbar(
    faulty: Faulty, hooked: tuple[KazooClient, str], waits: list[float]
) -> None:
    """After 503 a change of a document is sent again, and one that creates is not."""
    client, path = hooked
    faulty.fails(503, "datastore_unreachable")
    client.patch(path, name="ours")
    assert (len(faulty.heard), waits) == (2, [1.0])
    faulty.fails(503, "datastore_unreachable")
    with pytest.raises(errors.CrossbarFailed):
        client.put(f"/accounts/{ACCOUNT_ID}/webhooks", {"data": HOOK})
    assert len(faulty.heard) == 3


# -- what is closed --------------------------------------------------------------------------------


def test_connections_are_closed(faulty: Faulty, sign_ins: SignIns) -> None:
    """A command that has ended, also by an error, leaves no connection open."""
    del sign_ins  # it gives the test a folder of its own
    seen = []

    def fail() -> None:
        with connected(faulty.url) as client:
            transport = client._transport
            KazooClient(transport, Session(transport, key=API_KEY)).who()
            seen.append((transport._pool.pools, len(transport._pool.pools)))
            client.who()

    with pytest.raises(click.ClickException, match="You are not signed in"):
        fail()
    ((pools, during),) = seen
    assert (during, len(pools)) == (1, 0)
