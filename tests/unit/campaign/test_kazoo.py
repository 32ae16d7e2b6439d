"""KAZOO's rule, applied from several threads: it fires when it should, and only then."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from campaign.kazoo import Kazoo
from campaign.mix import Parcel, Targets, one_round
from tests.unit.campaign.targets import chance, targets
from tests.unit.switch.servers import listening

if TYPE_CHECKING:
    import socket


def parcels(to: Targets, what: str, number: int) -> list[Parcel]:
    """So many deliveries of one hook to its own receiver, each another event."""
    narrow = Targets([each for each in to.hooks if each.hook != "all"], to.cdr_url)
    rounds = (one_round(narrow, each, chance(each)) for each in range(number))
    return [next(each for each in one if each.what == what) for one in rounds]


class Server:
    """Fails so many requests with *status* (0: no answer), then answers 200."""

    def __init__(self, failures: int, status: int = 500) -> None:
        self.statuses, self.requests = [status] * failures, 0

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        """Answer one request."""
        assert request
        self.requests += 1
        status = self.statuses.pop() if self.statuses else 200
        if status:
            connection.sendall(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())


@pytest.mark.parametrize(("failures", "off"), [(0, []), (5, []), (6, ["messages/sms"])])
def test_six_failures_switch_a_hook_off(failures: int, off: list[str]) -> None:
    """Six of one hook in a minute are one too many, whichever thread has seen them."""
    with listening(Server(failures)) as url, ThreadPoolExecutor(3) as threads:
        to = targets(url)
        kazoo = Kazoo(to.hooks)
        sent = list(threads.map(kazoo.deliver, parcels(to, "sms", 8)))
    assert kazoo.switched_off() == off
    assert sum(not each.acknowledged for each in sent) == failures


def test_a_hook_that_is_off_is_not_fired() -> None:
    """Fifteen seconds later at the latest KAZOO has noticed, and sends no more of them."""
    server, began = Server(6), time.time()
    with listening(server) as url:
        to = targets(url)
        kazoo = Kazoo(to.hooks)
        for each in parcels(to, "sms", 6):
            kazoo.deliver(each)
        kazoo.clock = lambda: began + 20
        sent = kazoo.deliver(parcels(to, "sms", 7)[-1])
    assert (sent.tries, sent.acknowledged) == (0, False)
    assert server.requests == 6


def test_failures_of_several_hooks_do_not_add_up() -> None:
    """The rule is about each hook alone."""
    with listening(Server(8)) as url:
        to = targets(url)
        kazoo = Kazoo(to.hooks)
        for what in ("sms", "mms"):
            for each in parcels(to, what, 4):
                kazoo.deliver(each)
    assert kazoo.switched_off() == []


def test_what_nobody_answers_is_repeated_but_for_a_cdr() -> None:
    """An event is sent again after two seconds; a CDR is posted once, and nobody counts it."""
    pauses: list[float] = []
    server = Server(3, status=0)
    with listening(server) as url:
        to = targets(url)
        kazoo = Kazoo(to.hooks, pause=pauses.append)
        event = kazoo.deliver(parcels(to, "parking", 1)[0])
        cdr = kazoo.deliver(parcels(to, "cdr", 1)[0])
    assert (event.status, event.tries, pauses) == (0, 2, [2])
    assert (cdr.status, cdr.tries) == (0, 1)
    assert server.requests == 3
