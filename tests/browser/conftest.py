"""The softphone, and the console on the loopback interface, and a real browser to open them."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pivotctl.phone.phone import Phone
from pivotctl.phone.server import served
from pivotctl.phone.speech import Speech
from pivotctl.project import Route
from pivotctl.stack import Stack
from pivotctl.stack.gateway import Returned, http_answer, http_event
from scripts.make_dialogues import reset
from tests.browser import chromium
from tests.browser.chromium import Page
from tests.console import HASH
from tests.functions import load

ROUTE = Route("ConsoleApi", "ANY", "/{proxy+}")
ENDPOINTS = (
    "pivot/say_hello pivot/play_media pivot/ring pivot/collect_digits pivot/account_balance "
    "pivot/twiml_menu webhooks/channel_events cdr/cdr_url"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of this machine's Chromium; skipped where there is none."""
    command = chromium.find()
    if command is None:
        pytest.skip(f"no browser: none of {', '.join(chromium.NAMES)} is installed")
    with chromium.started(command, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def softphone(stack: Stack) -> Iterator[str]:
    """The address of a softphone for every function of the stack."""
    reset(stack, stack.project.function("account_balance"))
    with served(Phone.of(stack, Speech(None))) as url:
        yield url


class _Server(HTTPServer):
    """Passes each request to the console's handler and records its path."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.function = function
        self.requested: list[str] = []


class _Exchange(BaseHTTPRequestHandler):
    server: _Server
    timeout = 1.0  # Chromium opens connections in advance, and this server handles one at a time

    def do_GET(self) -> None:
        """Answer as API Gateway would."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Pass on a form."""
        self._answer(self.rfile.read(int(self.headers["content-length"])))

    def _answer(self, body: bytes) -> None:
        self.server.requested.append(self.path)
        headers = tuple(self.headers.items())
        event = http_event(self.command, self.path, headers, body, route=ROUTE)
        returned = Returned(json.dumps(self.server.function(event, None)).encode())
        answer = http_answer(returned)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing."""


@dataclass(frozen=True)
class Site:
    """The served console: its address, and the requested paths."""

    url: str
    requested: list[str]


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The console of a local stack, with every part of the page."""
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("API_URL", "https://abc123.execute-api.eu-central-1.amazonaws.com")
    monkeypatch.setenv("ENDPOINTS", ENDPOINTS)
    monkeypatch.delenv("KEY_HASHES", raising=False)
    monkeypatch.delenv("SETTINGS_TABLE", raising=False)
    with _served() as site:
        yield site


@pytest.fixture
def locked(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The console of a stack with a key and with settings of accounts.

    It is one of this machine, since a browser keeps the cookie of a deployed one only with TLS.
    """
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("KEY_HASHES", HASH)
    monkeypatch.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    monkeypatch.setenv("ENDPOINTS", ENDPOINTS)
    with _served() as site:
        yield site


@contextmanager
def _served() -> Iterator[Site]:
    with _Server(load("console")) as server:
        thread = threading.Thread(target=_serve, args=(server,), daemon=True)
        thread.start()
        yield Site(f"http://127.0.0.1:{server.server_port}/", server.requested)
        server.shutdown()
        thread.join()


def _serve(server: _Server) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # Mangum wants one in its thread
    server.serve_forever(poll_interval=0.05)
    loop.close()
