"""Sessions of blackhole clients: a raw client, the gateway, the function, and DynamoDB."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pytest
import websockets

from pivotkit.http.keys import KeySigner, digest_of
from pivotkit.store.sockets import COMMANDS, Grant, Sockets
from tests.aws import aws_client
from tests.sockets import OURS, THEIRS, Local, ask, blackhole, closed

KEY = "sockets-" + "k" * 32
CALLS = "call.CHANNEL_CREATE.*"


@pytest.fixture
def local(tables: Mapping[str, str], function_environment: Any) -> Iterator[Local]:
    """The function behind a gateway, with a key for our account."""
    assert tables
    function_environment.setenv("KEY_HASHES", f"{digest_of(KEY)}:{OURS}")
    with blackhole(function_environment) as running:
        yield running


def subscribe(binding: str = CALLS, account: str = OURS, **more: Any) -> dict[str, Any]:
    """A message that subscribes."""
    return {
        "action": "subscribe",
        "request_id": "r1",
        "data": {"account_id": account, "binding": binding},
        **more,
    }


def replied(data: Mapping[str, Any], *, request_id: str = "r1") -> dict[str, Any]:
    """The reply to a message that was done."""
    reply = {"action": "reply", "request_id": request_id, "status": "success"}
    return {**reply, "data": dict(data)}


def errors(text: str) -> dict[str, Any]:
    """The reply to a message that was refused."""
    return replied({"errors": [text]}) | {"status": "error"}


def subscribers(account: str = OURS) -> list[str]:
    """The bindings that the account's events find."""
    return [each.binding for each in Sockets().subscribers(account)]


TRANSCRIPT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (subscribe(), errors("failed to authenticate token")),
    (subscribe(auth_token="wrong"), errors("failed to authenticate token wrong")),
    (subscribe(auth_token=KEY), replied({"subscribed": [CALLS]})),
    (subscribe(), replied({"subscribed": [CALLS]})),
    (
        subscribe("object.doc_edited.user"),
        replied({"subscribed": [CALLS, "object.doc_edited.user"]}),
    ),
    (
        subscribe("call.*.*") | {"name": "ui", "metadata": {"tab": 1}},
        replied({"subscribed": [CALLS, "object.doc_edited.user", *["call.*.*"] * 9]}),
    ),
    (
        subscribe("call.*.*") | {"action": "unsubscribe"},
        replied({"unsubscribed": ["call.*.*"], "subscribed": [CALLS, "object.doc_edited.user"]}),
    ),
    (
        subscribe("call.CHANNEL_DESTROY.*") | {"action": "unsubscribe"},
        replied(
            {
                "unsubscribed": ["call.CHANNEL_DESTROY.*"],
                "subscribed": [CALLS, "object.doc_edited.user"],
            }
        ),
    ),
    ({"action": "ping", "request_id": "r1"}, replied({"response": "pong"})),
    ({"action": "dance", "request_id": "r1"}, replied({})),
    ({"request_id": "r1"}, replied({})),
    ({"action": "subscribe", "request_id": "r1"}, errors("missing required keys in data object")),
    (
        {"action": "unsubscribe", "request_id": "r1", "data": {}},
        errors("missing required keys in data object"),
    ),
    (
        {"action": "subscribe", "request_id": "r1", "data": {"account_id": OURS}},
        errors("missing required keys : binding"),
    ),
    (
        {"action": "subscribe", "request_id": "r1", "data": {"binding": CALLS}},
        errors("missing required keys : account_id"),
    ),
    (
        {
            "action": "subscribe",
            "request_id": "r1",
            "data": {"account_id": OURS, "bindings": [CALLS]},
        },
        errors("missing required keys : binding"),
    ),
    (subscribe("call.NOTHING.*"), errors("event NOTHING not supported")),
    (subscribe("call.*.a.b"), errors("invalid format for call subscription : *, a, b")),
    (subscribe("nothing"), errors("no available subscriptions to requested binding")),
    (subscribe("c" * 301), errors("a binding has at most 300 characters")),
    (subscribe(account="*"), errors("unauthorized wildcard account id")),
    (subscribe(account=THEIRS), errors("unauthorized account id")),
    ({"action": "hangup", "request_id": "r1"}, errors("not authorized for hangup")),
]
"""A session with KAZOO 4's blackhole: what a client says, and what it hears."""


def test_a_session_with_kazoo_4(local: Local) -> None:
    """Each message is answered as blackhole answers it, and no error closes the socket."""

    async def talk() -> None:
        async with local.client() as client:
            for said, expected in TRANSCRIPT:
                assert await ask(client, said) == expected, said
            assert sorted(subscribers()) == [CALLS, "object.doc_edited.user"]
            assert subscribers(THEIRS) == []
            for broken in ("no JSON", "[1]", '"text"', "[" * 30_000):
                assert (await ask(client, broken))["status"] == "error"
            assert (await ask(client, {"action": "ping"}))["request_id"]

    asyncio.run(talk())
    local.gateway.stop()
    assert subscribers() == []


def test_a_session_with_kazoo_5(local: Local) -> None:
    """KAZOO 5's list of bindings, default account, and form of replies count where asked for."""
    both = {"bindings": [CALLS, "stream.start.*"]}

    async def talk() -> None:
        async with local.client("?kazoo=5") as client:
            said = {"action": "subscribe", "request_id": "r1", "auth_token": KEY, "data": both}
            expected = {"subscribed": both["bindings"], "subscriptions": both["bindings"]}
            assert await ask(client, said) == replied(expected)
            one = subscribe("call.*.*")
            every = [*both["bindings"], "call.*.*"]
            expected = {"subscribed": ["call.*.*"], "subscriptions": every}
            assert await ask(client, one) == replied(expected)
            gone = {**said, "action": "unsubscribe"}
            expected = {"unsubscribed": both["bindings"], "subscriptions": ["call.*.*"]}
            assert await ask(client, gone) == replied(expected)
            empty = {"action": "unsubscribe", "request_id": "r1"}
            assert await ask(client, empty) == errors("empty subscription")

    asyncio.run(talk())


def test_a_client_that_guesses_is_cut_off(local: Local) -> None:
    """After three wrong tokens a connection is closed; the tenth of an address is its last."""

    async def guess(times: int) -> int | None:
        async with local.client() as client:
            for at in range(times - 1):
                assert (await ask(client, subscribe(auth_token=f"guess-{at}")))["status"] == "error"
            await client.send('{"action": "ping", "auth_token": "last"}')
            return await closed(client)

    assert [asyncio.run(guess(times)) for times in (3, 3, 3)] == [1000] * 3
    assert asyncio.run(guess(2)) == 1000
    assert asyncio.run(guess(1)) == 1000


@pytest.mark.parametrize(
    "token",
    [
        "console-" + "k" * 32,
        "webhooks-development",
        "ticket-" + "x" * 43,
        "sockets-" + "k" * 1000,
        KeySigner(["another secret of another stack"]).key("sockets"),
        KeySigner(["signing-development"]).key("webhooks"),
    ],
    ids=["another", "a receiver's", "ticket", "long", "foreign", "of another kind"],
)
def test_a_wrong_token_shows_nothing(local: Local, token: str) -> None:
    """A token of another kind, stack, or purpose binds nothing, and answers nothing."""

    async def talk() -> None:
        async with local.client() as client:
            for said in (subscribe(auth_token=token), {"action": "ping", "auth_token": token}):
                reply = await ask(client, said)
                assert reply["data"] == {"errors": [f"failed to authenticate token {token}"]}

    asyncio.run(talk())
    assert subscribers() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": f"Bearer {KEY}"}, 101),
        ({"X-Auth-Token": KEY}, 101),
        ({"Authorization": "Bearer wrong"}, 403),
        ({"Sec-WebSocket-Protocol": "kazoo"}, 400),
    ],
)
def test_a_token_with_the_handshake(local: Local, headers: dict[str, str], status: int) -> None:
    """A right token counts for the connection; a wrong one, and a subprotocol, are refused."""

    async def talk() -> int:
        try:
            async with local.client(additional_headers=headers) as client:
                assert await ask(client, subscribe()) == replied({"subscribed": [CALLS]})
        except websockets.InvalidStatus as refused:
            return refused.response.status_code
        return 101

    assert asyncio.run(talk()) == status


def test_a_key_of_the_stack_proves_its_account(
    local: Local, function_environment: pytest.MonkeyPatch
) -> None:
    """A key made offline counts for its account alone, until its generation has ended."""
    key = KeySigner(["signing-development"]).key("sockets", THEIRS)

    async def talk() -> None:
        async with local.client() as client:
            assert await ask(client, subscribe(auth_token=key)) == errors("unauthorized account id")
            assert await ask(client, subscribe(account=THEIRS)) == replied({"subscribed": [CALLS]})

    asyncio.run(talk())
    function_environment.setenv("REVOKED_KEYS", f"{THEIRS}:1")
    with blackhole(function_environment) as ended:

        async def late() -> None:
            async with ended.client() as client:
                reply = await ask(client, subscribe(account=THEIRS, auth_token=key))
                assert reply["status"] == "error"

        asyncio.run(late())


def test_a_ticket_counts_once_and_for_a_minute(local: Local, tables: Mapping[str, str]) -> None:
    """A ticket of the console gives one connection its grant; a used or old one gives none."""
    grant = Grant("Jo (console)", frozenset({OURS}), frozenset({COMMANDS}))
    ticket, old = Sockets().ticket(grant), Sockets().ticket(grant)
    key = {"pk": {"S": f"ticket#{sha256(old.encode()).hexdigest()}"}, "sk": {"S": "-"}}
    aws_client("dynamodb").update_item(
        TableName=tables["SOCKETS_TABLE"],
        Key=key,
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )

    async def talk(token: str) -> str:
        async with local.client() as client:
            return str((await ask(client, subscribe(auth_token=token)))["status"])

    assert [asyncio.run(talk(each)) for each in (ticket, ticket, old)] == [
        "success",
        "error",
        "error",
    ]


def test_a_connection_has_a_hundred_bindings(local: Local) -> None:
    """One more is refused, and those that there are stay."""

    async def talk() -> None:
        async with local.client("?kazoo=5") as client:
            many = [f"call.*.{at}" for at in range(100)]
            said = {"action": "subscribe", "auth_token": KEY, "data": {"bindings": many}}
            assert (await ask(client, said))["status"] == "success"
            assert await ask(client, subscribe()) == errors("at most 100 bindings are allowed")
            assert (await ask(client, subscribe("call.*.7")))["status"] == "success"

    asyncio.run(talk())


def test_without_the_table_a_client_hears_so(
    local: Local, function_environment: pytest.MonkeyPatch
) -> None:
    """A table that cannot be reached is an error of that message, and closes nothing."""

    async def talk() -> None:
        async with local.client() as client:
            assert (await ask(client, subscribe(auth_token=KEY)))["status"] == "success"
            table = aws_client("dynamodb")
            table.delete_table(TableName="local-SocketsTable")
            reply = await ask(client, {"action": "ping", "request_id": "r1"})
            assert reply == errors("not available right now: try again")

    del function_environment
    asyncio.run(talk())
