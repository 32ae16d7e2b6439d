"""One account's dead endpoints, slow endpoints, and odd events keep no event from another account.

The posts of a batch meet at a barrier, which opens only if they all run at the same time. So the
tests need no clock: in turn, none of them would ever be done.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from functions.workers.fan_out import fan_out as module
from functions.workers.fan_out.fan_out import FanOut, NotDelivered
from functions.workers.fan_out.public_http import NotReached
from pivotkit.core.settings import SettingError
from pivotkit.services.circuit import FAILURES
from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory
from pivotkit.workers.bus import detail_of
from pivotkit.workers.worker import RESERVE, worker
from scripts.sample_deliveries import ACCOUNT, MORE
from tests import functions
from tests.deliveries import delivery
from tests.integration.pivotkit.workers.batches import queue
from tests.loopback import answer as answer_of
from tests.loopback import is_silent, request_of, server

pytestmark = [
    pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time"),
    pytest.mark.usefixtures("limits_of_lambda"),
]

NOISY, QUIET = "a" * 32, ACCOUNT
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BATCH, MOST = 10, 10
LONGEST = 60
"""Seconds after which a post that waits for others gives up, and the test fails."""


class Context:
    """A Lambda context that has this many seconds left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda gives it."""
        return int(self._seconds * 1000)


def endpoint(url: str) -> dict[str, Any]:
    """An endpoint for all events."""
    return {"url": url, "secret": SECRET, "events": ["*"]}


def message(account: str, number: int) -> str:
    """A queue message with the event *number* of *account*."""
    found = delivery("missed_call", {**MORE["missed_call"], "account_id": account})
    detail = {**json.loads(detail_of(found)), "key": f"{account}#{number}", "account_id": account}
    return json.dumps({"detail": detail})


def batch() -> dict[str, Any]:
    """A batch whose last event belongs to the quiet account, and all others to the noisy one."""
    noisy = [message(NOISY, number) for number in range(BATCH - 1)]
    return queue(*noisy, message(QUIET, 0))


def failed(answer: Any) -> list[str]:
    """The messages that go back to the queue."""
    return sorted(each["itemIdentifier"] for each in answer["batchItemFailures"])


@pytest.fixture
def registered(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """24 endpoints of the noisy account, and one of the quiet one."""
    assert tables
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    dead = [endpoint(f"https://dead.example/{number}") for number in range(24)]
    Directory("endpoints").of(Account(NOISY)).put("all", {"endpoints": [*dead]})
    Directory("endpoints").of(Account(QUIET)).put(
        "all", {"endpoints": [endpoint("https://well.example/")]}
    )


@pytest.mark.usefixtures("registered")
def test_all_endpoints_of_a_batch_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No post of a batch waits for another: the batch takes as long as the slowest one."""
    everybody = threading.Barrier((BATCH - 1) * MOST + 1)
    delivered: list[str] = []

    def post(url: str, *_: object, seconds: float) -> None:
        assert seconds == 5
        everybody.wait(LONGEST)
        if "dead" in url:
            raise NotReached("no answer in 5.0 s")
        delivered.append(url)

    monkeypatch.setattr(module, "post", post)
    handler = worker(parallel=BATCH)(FanOut(5, MOST).send)
    assert failed(handler(batch(), Context(60))) == [str(number) for number in range(BATCH - 1)]
    assert delivered == ["https://well.example/"]
    assert not everybody.broken


@pytest.mark.usefixtures("registered")
def test_no_post_outlasts_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A post gets what is left of the batch, and none is begun when nothing is left."""
    limits: list[float] = []
    monkeypatch.setattr(module, "post", lambda *_, seconds: limits.append(round(seconds, 2)))
    handler = worker(parallel=BATCH)(FanOut(5, MOST).send)
    assert failed(handler(queue(message(QUIET, 0)), Context(RESERVE + 2))) == []
    assert failed(handler(queue(message(QUIET, 1)), Context(RESERVE))) == ["0"]
    assert limits == [2]


@pytest.fixture
def dead() -> Iterator[Callable[[int], list[str]]]:
    """Start servers that take requests and never answer."""
    with ExitStack() as servers:
        yield lambda number: [servers.enter_context(server(is_silent)) for _ in range(number)]


def test_dead_servers(
    dead: Callable[[int], list[str]],
    tables: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Through real sockets: the quiet account's event arrives, once, and only the others return."""
    assert tables
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("PIVOTCTL_PATIENCE", "4")  # a busy machine's table is slow, and not at fault
    Directory("endpoints").of(Account(NOISY)).put("all", {"endpoints": [*map(endpoint, dead(24))]})
    handler = worker(parallel=BATCH)(FanOut(5, MOST).send)
    heard: list[bytes] = []

    def notes(connection: socket.socket) -> None:
        while request := request_of(connection):
            heard.append(request)
            connection.sendall(answer_of(""))

    with server(notes) as well:
        Directory("endpoints").of(Account(QUIET)).put("all", {"endpoints": [endpoint(well)]})
        for _ in range(2):
            answer = handler(batch(), Context(4 * 60))
            assert failed(answer) == [str(number) for number in range(BATCH - 1)]
    assert len(heard) == 1


@pytest.mark.usefixtures("registered")
def test_the_limit_on_endpoints(monkeypatch: pytest.MonkeyPatch, log: Any) -> None:
    """Endpoints beyond the limit get nothing, and the log names the limit and the fix."""
    asked: list[str] = []
    monkeypatch.setattr(module, "post", lambda url, *_, **__: asked.append(url))
    found = delivery("missed_call", MORE["missed_call"])
    Directory("endpoints").of(Account(QUIET)).put(
        "all", {"endpoints": [endpoint(f"https://x.example/{number}") for number in range(12)]}
    )
    FanOut(5, MOST).send(found)
    assert sorted(asked) == [f"https://x.example/{number}" for number in range(MOST)]
    assert "endpoints has 12 entries: an account gets events at the first 10" in log.getvalue()
    assert f'"account_id":"{QUIET}"' in log.getvalue()
    assert "raise its setting most_endpoints" in log.getvalue()


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("most", ["0", "-1", "51"])
def test_a_limit_out_of_range(most: str, function_environment: pytest.MonkeyPatch) -> None:
    """A limit without sense fails the deploy, and says what it may be."""
    function_environment.setenv("MOST_ENDPOINTS", most)
    with pytest.raises(SettingError, match=r"MOST_ENDPOINTS is .* from 1 to 50"):
        functions.load("workers/fan_out")


@pytest.mark.usefixtures("registered")
def test_an_endpoint_of_two_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that lists another's endpoint, with a wrong secret, does not cut it off."""
    answers = {NOISY: NotReached("answered 401", 401), QUIET: None}
    accounts: list[str] = []

    def post(_url: str, body: bytes, *_: object, **__: object) -> None:
        accounts.append(json.loads(body)["data"]["account_id"])
        if error := answers[accounts[-1]]:
            raise error

    monkeypatch.setattr(module, "post", post)
    Directory("endpoints").of(Account(NOISY)).put(
        "all", {"endpoints": [endpoint("https://well.example/")]}
    )
    fan_out = FanOut(5, MOST)
    handler = worker(parallel=1)(fan_out.send)
    noisy = [message(NOISY, number) for number in range(5)]
    assert failed(handler(queue(*noisy, message(QUIET, 0)), None)) == ["0", "1", "2", "3", "4"]
    assert accounts == [NOISY] * FAILURES + [QUIET]


@pytest.mark.usefixtures("registered")
def test_one_endpoint_does_not_stop_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong at one endpoint, the account's others get the event."""
    delivered: list[str] = []

    def post(url: str, *_: object, **__: object) -> None:
        if url.endswith("0"):
            raise RuntimeError("can't start new thread")
        delivered.append(url)

    monkeypatch.setattr(module, "post", post)
    listed = [endpoint(f"https://x.example/{number}") for number in range(3)]
    Directory("endpoints").of(Account(QUIET)).put("all", {"endpoints": [*listed]})
    with pytest.raises(NotDelivered, match=r"1 endpoint\(s\): RuntimeError"):
        FanOut(5, MOST).send(delivery("missed_call", MORE["missed_call"]))
    assert sorted(delivered) == ["https://x.example/1", "https://x.example/2"]
