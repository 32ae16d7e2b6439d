"""The local Crossbar on a socket, and a client that has signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest

from pivotctl.crossbar import ACCOUNT_ID, API_KEY, CrossbarRequest, LocalCrossbar
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake

NOW = 1_790_000_000.0
"""Unix seconds of the clock when a test begins."""


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = NOW

    def __call__(self) -> float:
        """Unix seconds."""
        return self.now


@dataclass(frozen=True)
class Api:
    """Crossbar over HTTP: `api.get("cdrs")` asks for the account's, with a token."""

    client: httpx.Client
    account: str
    token: str

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request with the token, below the account."""
        headers = {"x-auth-token": self.token, **more.pop("headers", {})}
        url = f"accounts/{self.account}/{path}"
        return self.client.request(method, url, headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        """The envelope of a list or document."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass(frozen=True)
class Caller:
    """Requests to a Crossbar in this process, with the token of an account."""

    crossbar: LocalCrossbar
    account: str
    token: str

    def ask(self, method: str, path: str, data: Any = None, **query: str) -> tuple[int, Any]:
        """Status and envelope of the answer to a request; `path` is below the account.

        A path that begins with a slash is below the version.
        """
        whole = path if path.startswith("/") else f"/accounts/{self.account}/{path}".rstrip("/")
        body = None if data is None else {"data": data}
        headers = {"x-auth-token": self.token} if self.token else {}
        request = CrossbarRequest(method, f"/v2{whole}", query, headers, body)
        answer = self.crossbar.handle(request)
        return answer.status, answer.body

    def done(self, method: str, path: str, data: Any = None, **query: str) -> Any:
        """The data of an answer, which must be a success."""
        status, envelope = self.ask(method, path, data, **query)
        assert status in (200, 201), envelope
        return envelope["data"]

    def below(self, **document: Any) -> Caller:
        """A caller who has signed in with the API key of a new account below."""
        made = self.done("PUT", "", {"name": "child", **document})
        key = self.done("GET", f"/accounts/{made['id']}/api_key")["api_key"]
        return signed_in(self.crossbar, made["id"], key)


def signed_in(crossbar: LocalCrossbar, account: str, key: str) -> Caller:
    """A caller with a token for an API key."""
    _, envelope = Caller(crossbar, account, "").ask("PUT", "/api_auth", {"api_key": key})
    return Caller(crossbar, account, envelope["auth_token"])


@pytest.fixture
def master(clock: Clock) -> Caller:
    """A caller of a Crossbar of its own, signed in for the master account."""
    return signed_in(LocalCrossbar(clock, schemas=None), ACCOUNT_ID, API_KEY)


@pytest.fixture
def clock() -> Clock:
    """The time on Crossbar's clock."""
    return Clock()


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    """The fakes on a port of their own."""
    running = Upstreams()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def crossbar(upstreams: Upstreams, clock: Clock) -> LocalCrossbar:
    """The server that answers the client."""
    found = cast("CrossbarFake", upstreams.crossbar.fake).crossbar
    found.clock = clock
    return found


@pytest.fixture
def books(upstreams: Upstreams, crossbar: LocalCrossbar) -> CrossbarClient:
    """The switch's way to tell Crossbar."""
    del crossbar  # it has the test's clock
    return CrossbarClient(upstreams.url)


@pytest.fixture
def client(upstreams: Upstreams, crossbar: LocalCrossbar) -> Iterator[httpx.Client]:
    """A client of the API that nobody knows."""
    del crossbar  # it has the test's clock
    with httpx.Client(base_url=f"{upstreams.url}/crossbar/v2/") as found:
        yield found


@pytest.fixture
def api(client: httpx.Client) -> Api:
    """A client that has signed in with the API key."""
    answer = client.put("api_auth", json={"data": {"api_key": API_KEY}})
    assert answer.status_code == 201
    return Api(client, "c" * 32, answer.json()["auth_token"])
