"""A stack behind the local gateway, with functions in this process, whose keys are rotated."""

from __future__ import annotations

import http.client
import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pivotctl.connect.accepted_keys import StackKeys
from pivotctl.crossbar import LocalCrossbar
from pivotctl.crossbar.envelope import CrossbarAnswer, CrossbarRequest
from pivotctl.project import Project
from pivotctl.stack.gateway import Returned
from pivotctl.stack.server import AccessLog, ApiServer
from tests.functions import load
from tests.kazoo import ROOT

if TYPE_CHECKING:
    import pytest

SECRET = "s" * 40
FORM = {"content-type": "application/x-www-form-urlencoded"}
_BODIES = {
    "pivot": "Call-ID=c1&Account-ID={}&Caller-ID-Name=Ann&Caller-ID-Number=2001",
    "hook": "hook_event=channel_create&call_id=c1&account_id={}&timestamp=63900000000",
}
_VARIABLES = {"KeyGeneration": "KEY_GENERATION", "RevokedKeys": "REVOKED_KEYS"}


class Kept:
    """A store that takes everything."""

    def keep(self, item: Any) -> str:
        """Take one item."""
        del item
        return "stored"


class InProcess:
    """A pool whose one environment is this process; `deploy` is a cold start."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self._path = name, path
        self.deploy()

    def deploy(self) -> None:
        """Load the function with the environment as it is now."""
        handler = load(self._path)
        if hasattr(handler, "_store"):
            handler._store = Kept()
        self._handler = handler

    def invoke(self, payload: bytes, timeout: float) -> Returned:
        """Run the function."""
        del timeout
        return Returned(json.dumps(self._handler(json.loads(payload), None)).encode())


@dataclass
class Door:
    """The stack: `say_hello` and `channel_events`, with real keys and without the local ones."""

    environment: pytest.MonkeyPatch
    name: str = "demo"
    secrets: tuple[str, ...] = (SECRET,)
    options: dict[str, str] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    fails: bool = False

    def __post_init__(self) -> None:
        """Deploy, with the variables that functions need, and none of a local run."""
        for name in ("AWS_SAM_LOCAL", "KEY_HASHES", "HOOK_SECRETS"):
            self.environment.delenv(name, raising=False)
        for name in ("CALL_RECORDS_TABLE", "SPOOL_QUEUE_URL"):
            self.environment.setenv(name, "http://localhost/none")
        self.environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        self._set()
        self._pools = [
            InProcess("say_hello", "pivot/say_hello"),
            InProcess("channel_events", "webhooks/channel_events"),
        ]
        project = Project.find(ROOT)
        routes = [
            (route, pool) for pool in self._pools for route in project.function(pool.name).routes
        ]
        quiet = AccessLog(lambda _line: None, lambda _line: None)
        self._server = ApiServer(routes, quiet, print, lambda _name, _returned: "")  # type: ignore[arg-type]
        self._server.bind(18_400, exactly=False)
        self._server.start()

    @property
    def url(self) -> str:
        """The address of the gateway."""
        return self._server.url

    def stop(self) -> None:
        """Stop the gateway."""
        self._server.stop()

    def _set(self) -> None:
        self.environment.setenv("SIGNING_SECRETS", ",".join(self.secrets))
        for name, variable in _VARIABLES.items():
            self.environment.setenv(variable, self.options.get(name, ""))

    # -- the stack as `rotate` sees it -------------------------------------------------------------

    @property
    def keys(self) -> StackKeys:
        """The keys that it accepts."""
        return StackKeys(self.secrets, self.options)

    def noted(self, owner: str) -> int:
        """The latest generation of an owner."""
        return self.notes.get(owner, 1)

    def note(self, owner: str, generation: int) -> None:
        """Keep a generation."""
        self.notes[owner] = max(generation, self.noted(owner))

    def require(self, changed: Mapping[str, str]) -> None:
        """Allow everything."""

    def set_options(self, changed: Mapping[str, str]) -> None:
        """Deploy other options."""
        if self.fails:
            raise KeyboardInterrupt
        self.options |= changed
        self._set()
        for pool in self._pools:
            pool.deploy()

    def forget_random_keys(self) -> None:
        """Know no random keys."""


@dataclass
class Traffic:
    """Calls and deliveries that go on while Crossbar is used, each with a URL of its documents.

    Before and after each request to Crossbar some are sent, with the URLs that Crossbar had at the
    request before: KAZOO has read them already.
    """

    crossbar: LocalCrossbar
    account: str
    door: Door
    each: int = 8
    statuses: Counter[int] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    cut_at: int = 0
    requests: int = field(default=0, init=False)
    _read: deque[tuple[str, str]] = field(default_factory=deque, init=False)

    @contextmanager
    def around(self) -> Iterator[None]:
        """Send some around each request to Crossbar; cut the run at request `cut_at`."""
        handle = self.crossbar.handle

        def surrounded(request: CrossbarRequest) -> CrossbarAnswer:
            self.requests += 1
            self.some()
            if self.requests == self.cut_at:
                return CrossbarAnswer(500, "the run is cut", "text/plain")
            answer = handle(request)
            self.some()
            return answer

        self.crossbar.handle = surrounded  # type: ignore[method-assign]
        try:
            yield
        finally:
            del self.crossbar.handle

    def some(self) -> None:
        """Send what was read before, and read the URLs again."""
        while self._read:
            self._send(*self._read.popleft())
        for at in range(self.each):
            urls = self._urls()
            self._read.append(urls[at % len(urls)])

    def finish(self, total: int) -> None:
        """Send the rest, until *total* were sent in all."""
        while self.statuses.total() + len(self._read) < total:
            self.some()
        while self._read and self.statuses.total() < total:
            self._send(*self._read.popleft())

    def _urls(self) -> list[tuple[str, str]]:
        flows = self.crossbar.documents.of(self.account, "callflows")
        hooks = self.crossbar.hooks.of(self.account, self.crossbar.clock())
        calls = [each.data["flow"]["data"]["voice_url"] for each in flows]
        found = [("pivot", url) for url in calls] + [("hook", each.uri) for each in hooks]
        return [each for each in found if each[1].startswith(self.door.url)]

    def _send(self, what: str, url: str) -> None:
        status = ask(url, _BODIES[what].format(self.account))
        self.statuses[status] += 1
        self.keys[urlsplit(url).path.split("/")[1]] += 1


_connections: dict[str, http.client.HTTPConnection] = {}


def ask(url: str, body: str, method: str = "POST") -> int:
    """The status of a request, on a connection that is kept."""
    parts = urlsplit(url)
    connection = _connections.setdefault(parts.netloc, http.client.HTTPConnection(parts.netloc))
    connection.request(method, parts.path, body, FORM)
    with connection.getresponse() as answer:
        answer.read()
        return answer.status


def close() -> None:
    """Close all connections."""
    for connection in _connections.values():
        connection.close()
    _connections.clear()
