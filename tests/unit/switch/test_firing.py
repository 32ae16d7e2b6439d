"""Events that are fired one by one, over sockets: what arrives, is tried again, and is counted."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from click.testing import CliRunner

from pivotctl.commands.fire import command
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.scenario import Mode
from pivotctl.switch.webhooks.firing import Counts, Firing, HookDelivery
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.payloads import EventFacts, FiredEvent, events
from tests.unit.switch.ledgers import Ledger
from tests.unit.switch.servers import listening

NOW = 63_957_200_000


@dataclass
class Receiver:
    """Answers on a socket with one status after the other, 200 in the end; 0 is no answer."""

    statuses: list[int] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        """Answer one request."""
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        if status:
            connection.sendall(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())


def fired(name: str = "parking") -> FiredEvent:
    """An event."""
    return next(iter(events(name, EventFacts(ACCOUNT_ID, NOW))))


def fire(
    receiver: Receiver, ledger: Ledger, count: int = 1, mode: Mode = Mode.K50, **hook: Any
) -> tuple[Counts, list[float]]:
    """Fire an event so often; what was counted, and how long KAZOO waited in between."""
    pauses: list[float] = []
    counts = Counts()
    with listening(receiver) as url:
        document = Webhook(f"{url}/hook", **hook)
        firing = Firing(ledger, ACCOUNT_ID, mode, pause=pauses.append)
        for outcome in firing.fire([HookDelivery(fired(), document)] * count):
            counts.add(outcome)
    return counts, pauses


@pytest.mark.parametrize(
    ("verb", "statuses", "tries", "good"),
    [
        ("post", [200], 1, True),
        ("post", [201], 1, False),
        ("put", [201], 1, True),
        ("post", [500], 1, False),
        ("post", [0, 200], 2, True),
        ("post", [0, 0], 2, False),
        ("get", [0, 500], 2, False),
    ],
)
def test_only_no_answer_is_tried_again(
    verb: str, statuses: list[int], tries: int, *, good: bool
) -> None:
    """200 is a success, for a put 201 as well; any answer is the last; two seconds lie between."""
    receiver, ledger = Receiver(list(statuses)), Ledger()
    counts, pauses = fire(receiver, ledger, verb=verb)
    assert len(receiver.requests) == tries
    assert pauses == [2] * (tries - 1)
    assert (counts.delivered, counts.failed, counts.retried) == (good, not good, tries - 1)
    assert [each.succeeded for each in ledger.attempts] == [False] * (tries - 1) + [good]


def test_what_is_repeated_is_the_same() -> None:
    """KAZOO sends the very bytes again: a receiver can tell a repetition by them."""
    receiver = Receiver([0, 0, 200])
    fire(receiver, Ledger(), retries=4)
    assert len(receiver.requests) == 3
    assert len(set(receiver.requests)) == 1


def test_a_hook_that_gets_disabled_is_not_fired() -> None:
    """When the ledger says that it is off, the rest is not sent, and counted as such."""
    receiver, ledger = Receiver([500] * 9), Ledger()
    counts, _ = fire(receiver, ledger, count=5)
    assert len(receiver.requests) == 3
    assert (counts.fired, counts.failed, counts.disabled) == (5, 3, 2)
    assert str(counts).endswith("not sent 2 (the hook is disabled)")
    assert not counts.good


def test_headers_name_the_hook_and_its_owner() -> None:
    """X-Hook-ID is the webhook's document, X-Account-ID the account that owns it."""
    receiver = Receiver()
    fire(receiver, Ledger(), id="a1" * 16)
    head = receiver.requests[0].partition(b"\r\n\r\n")[0].decode()
    assert f"x-hook-id: {'a1' * 16}\r\nx-account-id: {ACCOUNT_ID}" in head


def test_kazoo_5_signs_version_2() -> None:
    """With a key the envelope has an HMAC; without one it is the older form."""
    signed, plain = Receiver(), Receiver()
    fire(signed, Ledger(), mode=Mode.K5, body_format="json", version="v2", sha256_key="secret")
    fire(plain, Ledger(), mode=Mode.K5, body_format="json")
    assert b'"action":"event"' in signed.requests[0]
    assert b'"name":"PARK_PARKED"' in signed.requests[0]
    assert b'"hmac":"' in signed.requests[0]
    assert b'"hmac"' not in plain.requests[0]


def test_a_channels_event_is_told_once() -> None:
    """However many hooks and repetitions there are, the ledger hears of an event once."""
    ledger, receiver = Ledger(), Receiver()
    with listening(receiver) as url:
        found = [
            HookDelivery(each, Webhook(url)) for each in events("call", EventFacts(ACCOUNT_ID, NOW))
        ]
        list(Firing(ledger, ACCOUNT_ID).fire([*found, *found]))
    assert len(receiver.requests) == 16
    assert len(ledger.events) == 8
    assert [hook for hook, _ in ledger.events].count("channel_destroy") == 2


def test_deliveries_at_the_same_time() -> None:
    """As many as wanted are under way together; what becomes of them is told in their order."""
    together = threading.Barrier(4, timeout=20)

    def transport(request: HttpRequest) -> HttpResponse:
        together.wait()
        return HttpResponse(int(request.url.rpartition("/")[2]))

    statuses = [200, 500, 200, 200] * 2
    hooks = [Webhook(f"https://events.example/{status}", id=f"{status}") for status in statuses]
    firing = Firing(Ledger(), ACCOUNT_ID, transport=transport, parallel=4)
    outcomes = firing.fire([HookDelivery(fired(), hook) for hook in hooks])
    assert [outcome.status for outcome in outcomes] == statuses


def test_an_event_is_known_once_whoever_delivers_it() -> None:
    """Copies that are delivered at the same time are one event for who keeps the books."""
    ledger = Ledger()
    copy = HookDelivery(fired("channel_create"), Webhook("https://events.example/"))
    firing = Firing(ledger, ACCOUNT_ID, transport=lambda _: HttpResponse(200), parallel=8)
    assert all(outcome.good for outcome in firing.fire([copy] * 32))
    assert len(ledger.events) == 1
    assert len(ledger.attempts) == 32


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cdr"], "Only KAZOO 5 has cdr: add --mode k5."),
        (["sms", "--secret", "s3cret"], "Only KAZOO 5 signs: add --mode k5."),
        (["sms", "--parallel", "0"], "0 is not in the range"),
        (["moon"], "KAZOO has no webhook 'moon'"),
        (["sms", "--set", "body"], "'body' is not of the form field=value"),
    ],
)
def test_what_cannot_be_fired(arguments: list[str], told: str) -> None:
    """The command says what is wrong before it starts anything."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
