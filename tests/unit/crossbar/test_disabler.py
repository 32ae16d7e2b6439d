"""Whom KAZOO tells of a webhook that it has disabled."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from pivotctl.local.disabler import look, looking
from pivotctl.local.webhooks import hook_at
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from tests.unit.switch.servers import listening

if TYPE_CHECKING:
    from pivotctl.crossbar import HookDocument, LocalCrossbar
    from pivotctl.crossbar.client import CrossbarClient
    from tests.unit.crossbar.conftest import Clock

CALLS = hook_at("https://events.example/calls", "channel_create")


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    """The address of somebody who is told, and what she was told."""
    requests: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        requests.append(request)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    with listening(answer) as url:
        yield f"{url}/hook", requests


@pytest.fixture
def fail(crossbar: LocalCrossbar, clock: Clock) -> Callable[[HookDocument], None]:
    """Lets six deliveries of a hook fail, and half a minute go by."""

    def failed(hook: HookDocument) -> None:
        attempt = DeliveryAttempt(
            hook.id, hook.hook, hook.uri, "post", 500, succeeded=False, at=clock.now
        )
        for _ in range(6):
            crossbar.hooks.note(attempt)
        clock.now += 30

    return failed


@pytest.mark.parametrize(
    ("hook", "kind"),
    [("notifications", "all"), ("notifications", "webhook_disabled"), ("all", "")],
)
def test_who_is_told(
    books: CrossbarClient,
    fail: Callable[[HookDocument], None],
    server: tuple[str, list[bytes]],
    hook: str,
    kind: str,
) -> None:
    """A hook that is for such notifications is told of each disabled one, once."""
    url, requests = server
    books.register([CALLS, hook_at(url, hook, kind)])
    assert look(books) == []
    fail(CALLS)
    assert [outcome.good for outcome in look(books)] == [True]
    assert look(books) == []
    (request,) = requests
    assert f"hook_id={CALLS.id}" in request.decode()
    assert f"account_id={CALLS.account_id}" in request.decode()


@pytest.mark.parametrize(("hook", "kind"), [("notifications", "missed_call"), ("sms", "")])
def test_who_is_not_told(
    books: CrossbarClient,
    fail: Callable[[HookDocument], None],
    server: tuple[str, list[bytes]],
    hook: str,
    kind: str,
) -> None:
    """Without a hook for such notifications, nobody is told."""
    url, requests = server
    books.register([CALLS, hook_at(url, hook, kind)])
    fail(CALLS)
    assert look(books) == []
    assert requests == []


def test_the_one_that_is_disabled_is_not_told(
    books: CrossbarClient, fail: Callable[[HookDocument], None], server: tuple[str, list[bytes]]
) -> None:
    """A disabled hook is sent nothing, not even that."""
    url, requests = server
    itself = hook_at(url, "all")
    books.register([itself])
    fail(itself)
    assert [outcome.tries for outcome in look(books)] == [0]
    assert requests == []


def test_while_the_stack_runs(books: CrossbarClient, fail: Callable[[HookDocument], None]) -> None:
    """It is told without anybody asking."""
    told = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        told.set()

    with listening(answer) as url, looking(books, every=0.01):
        books.register([CALLS, hook_at(f"{url}/hook", "all")])
        fail(CALLS)
        assert told.wait(20)
