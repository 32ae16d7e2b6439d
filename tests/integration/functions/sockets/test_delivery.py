"""Delivery of events to clients: their own account's, in order, whatever other clients do."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pivotctl.stack.socket_gateway import SocketLimits
from pivotkit.http.keys import digest_of
from pivotkit.store.records import Delivery
from pivotkit.store.sockets import Grant, Sockets
from pivotkit.workers.bus import detail_of
from tests.aws import aws_client
from tests.deliveries import RECEIVED_AT
from tests.functions import load
from tests.sockets import OURS, THEIRS, Local, ask, blackhole, heard

KEYS = {account: f"sockets-{account}" for account in (OURS, THEIRS)}

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")


@pytest.fixture
def local(tables: Mapping[str, str], function_environment: Any) -> Iterator[Local]:
    """The function behind a gateway, with a key for each account."""
    assert tables
    hashes = (f"{digest_of(key)}:{account}" for account, key in KEYS.items())
    function_environment.setenv("KEY_HASHES", " ".join(hashes))
    with blackhole(function_environment, SocketLimits(buffered=64 * 1024)) as running:
        yield running


def record(name: str, account: str = OURS, at: int = RECEIVED_AT, **values: Any) -> dict[str, Any]:
    """The message of the queue for an event."""
    event = {"account_id": account, "call_id": "leg", "hook_event": name, **values}
    item = {
        "pk": {"S": f"{account}#leg"},
        "sk": {"S": f"event#{name}#0f"},
        "received_at": {"N": str(at)},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(event)},
    }
    detail = json.loads(detail_of(Delivery(item["pk"]["S"], item)))
    return {"messageId": name, "eventSource": "aws:sqs", "body": json.dumps({"detail": detail})}


async def send(*records: dict[str, Any], worker: Any = None) -> dict[str, Any]:
    """Hand a batch to the worker."""
    handler = worker or load("workers/sockets")
    answer: dict[str, Any] = await asyncio.to_thread(handler, {"Records": list(records)}, None)
    return answer


async def bind(client: Any, account: str = OURS, binding: str = "call.*.*") -> None:
    """Subscribe with the account's key."""
    data = {"account_id": account, "binding": binding}
    said = {"action": "subscribe", "auth_token": KEYS[account], "data": data}
    assert (await ask(client, said))["status"] == "success"


async def is_quiet(client: Any, account: str = OURS) -> None:
    """Assert that no event is under way: the next message is the reply to a ping."""
    del account
    assert (await ask(client, {"action": "ping"}))["data"] == {"response": "pong"}


def table_items() -> list[str]:
    """The keys of all items that connections have."""
    items = aws_client("dynamodb").scan(TableName="local-SocketsTable")["Items"]
    return [item["pk"]["S"] for item in items]


def test_an_account_sees_its_own_events(local: Local) -> None:
    """The same call in two accounts reaches the sockets of each account alone."""

    async def talk() -> None:
        async with local.client() as ours, local.client() as theirs:
            await bind(ours)
            await bind(theirs, THEIRS)
            await send(record("channel_create"))
            assert (await heard(ours))["data"]["account_id"] == OURS
            await is_quiet(theirs)
            await send(record("channel_create", THEIRS))
            assert (await heard(theirs))["data"]["account_id"] == THEIRS
            await is_quiet(ours)

    asyncio.run(talk())


def test_each_binding_gets_the_event(local: Local) -> None:
    """A client with two bindings for an event gets it twice, as from KAZOO, and no other event."""

    async def talk() -> None:
        async with local.client() as client:
            await bind(client)
            await bind(client, binding="call.CHANNEL_CREATE.*")
            await bind(client, binding="call.CHANNEL_ANSWER.*")
            await bind(client, binding="object.*.*")
            await send(record("channel_create"))
            keys = {(await heard(client))["subscribed_key"] for _ in range(2)}
            assert keys == {"call.*.*", "call.CHANNEL_CREATE.*"}
            await is_quiet(client)

    asyncio.run(talk())


def test_a_batch_is_sent_in_the_order_of_the_call(local: Local) -> None:
    """The queue hands out a batch in any order; clients get it in the order of its events."""
    names = ("channel_destroy", "channel_bridge", "channel_create", "channel_answer")
    batch = [record(name) for name in names] + [record("channel_hold", at=RECEIVED_AT - 5)]
    expected = ["HOLD", "CREATE", "ANSWER", "BRIDGE", "DESTROY"]

    async def talk() -> None:
        async with local.client() as client:
            await bind(client)
            await send(*batch)
            got = [(await heard(client))["name"] for _ in batch]
            assert got == [f"CHANNEL_{name}" for name in expected]

    asyncio.run(talk())


def test_a_client_that_is_gone_is_forgotten(local: Local) -> None:
    """One that vanished without a word leaves nothing behind, and costs no other client a thing."""

    async def talk() -> None:
        gone = Sockets()
        async with local.client() as vanishing:
            await bind(vanishing)
            (identifier,) = local.gateway.connections
            kept = gone.find(identifier)
        assert kept
        async with local.client() as client:
            await bind(client)
            gone.open(kept._replace(bindings=()))
            gone.bind(kept._replace(bindings=()), kept.bindings)
            assert len(list(gone.subscribers(OURS))) == 2
            assert await send(record("channel_create")) == {"batchItemFailures": []}
            assert (await heard(client))["name"] == "CHANNEL_CREATE"
            assert [each.connection for each in gone.subscribers(OURS)] != [identifier]
            assert gone.find(identifier) is None

    asyncio.run(talk())


def test_a_slow_client_harms_nobody(local: Local) -> None:
    """One that does not read loses events once its buffer is full; the others get each."""
    large = "x" * 100_000
    worker = load("workers/sockets")
    paused = worker.template.__globals__["sender"]._paused

    async def talk() -> None:
        async with local.client(max_queue=1) as slow, local.client() as quick:
            await bind(slow)
            await bind(quick)
            slow.transport.pause_reading()
            for at in range(1, 500):
                answer = await send(record("channel_create", noise=large, at=at), worker=worker)
                assert answer == {"batchItemFailures": []}
                assert (await heard(quick))["name"] == "CHANNEL_CREATE"
                if paused:
                    break
            assert len(paused) == 1
            slow.transport.resume_reading()

    asyncio.run(talk())


def test_digits_are_masked_for_viewers_who_may_not_see_them(local: Local) -> None:
    """A ticket without the permission gets the same events, with masked numbers."""

    async def talk() -> None:
        async with local.client() as whole, local.client() as hidden:
            await bind(whole)
            ticket = Sockets().ticket(Grant("Jo", frozenset({OURS})))
            data = {"account_id": OURS, "binding": "call.*.*"}
            said = {"action": "subscribe", "auth_token": ticket, "data": data}
            assert (await ask(hidden, said))["status"] == "success"
            await send(record("channel_create", caller_id_number="+14155550142"))
            assert (await heard(whole))["data"]["caller_id_number"] == "+14155550142"
            number = (await heard(hidden))["data"]["caller_id_number"]
            assert number == "+" + "•" * 9 + "42"

    asyncio.run(talk())


def test_events_without_subscribers_and_kinds_cost_nothing(local: Local) -> None:
    """An event that nobody has subscribed to, or can, is done."""

    async def talk() -> None:
        done: dict[str, list[str]] = {"batchItemFailures": []}
        assert await send(record("channel_create"), record("missed_call")) == done

    asyncio.run(talk())
    assert local.gateway.connections == ()
    assert table_items() == []
