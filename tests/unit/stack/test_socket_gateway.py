"""The local WebSocket gateway behaves as API Gateway does, at its limits above all."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import websockets
from botocore.exceptions import ClientError

from pivotctl.project import Project
from pivotctl.socket_apis import SocketApi
from pivotctl.stack.socket_events import Client, disconnect_event, route_of
from pivotctl.stack.socket_gateway import SocketLimits
from tests.sockets import Local, ask, closed, heard, serving


class Function:
    """A function that keeps the events it gets, and repeats messages."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.connect_status = 200

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer an event."""
        self.events.append(event)
        if event["requestContext"]["eventType"] == "CONNECT":
            return {"statusCode": self.connect_status}
        if event.get("body") == "fail":
            raise ZeroDivisionError
        return {"statusCode": 200, "body": event.get("body", "")}

    def contexts(self) -> list[dict[str, Any]]:
        """The request contexts so far."""
        return [event["requestContext"] for event in self.events]


@pytest.fixture
def function() -> Function:
    """The function behind every route."""
    return Function()


@pytest.fixture
def local(function: Function) -> Iterator[Local]:
    """A gateway with limits that a test reaches; times are short."""
    with serving(function, SocketLimits(buffered=64 * 1024)) as running:
        yield running


def management(local: Local) -> Any:
    """The client that functions use."""
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=local.posts,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def code_of(call: Any, **arguments: Any) -> str:
    """The name of the error that a call of AWS ends with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value.response["Error"]["Code"])


def test_a_connection_goes_through_its_routes(local: Local, function: Function) -> None:
    """Connect, message, and disconnect have AWS's members, and one connection ID."""

    async def talk() -> None:
        headers = {"X-Auth-Token": "k"}
        async with local.client("?kazoo=5", additional_headers=headers) as client:
            assert await ask(client, {"action": "noop"}) == {"action": "noop"}

    asyncio.run(talk())
    local.gateway.stop()  # which waits for the last route
    connect, message, disconnect = function.events
    assert connect["queryStringParameters"] == {"kazoo": "5"}
    assert connect["headers"]["X-Auth-Token"] == "k"
    assert json.loads(message["body"]) == {"action": "noop"}
    kinds = [(each["routeKey"], each["eventType"]) for each in function.contexts()]
    assert kinds == [
        ("$connect", "CONNECT"),
        ("$default", "MESSAGE"),
        ("$disconnect", "DISCONNECT"),
    ]
    assert len({each["connectionId"] for each in function.contexts()}) == 1
    assert disconnect["requestContext"]["disconnectStatusCode"] == 1000


def test_the_function_of_connect_refuses(local: Local, function: Function) -> None:
    """The handshake has the status that the function answers, and there is no connection."""
    function.connect_status = 403

    async def talk() -> int:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with local.client():
                pass
        return refused.value.response.status_code

    assert asyncio.run(talk()) == 403
    assert [each["routeKey"] for each in function.contexts()] == ["$connect"]


def test_another_stage_is_forbidden(local: Local) -> None:
    """A path that is no stage of the API is not served."""

    async def talk() -> None:
        async with local.client("/other"):
            pass

    with pytest.raises(websockets.InvalidStatus):
        asyncio.run(talk())


def test_a_failed_function_is_said_to_the_client(local: Local) -> None:
    """The client hears of the failure, and the connection stays open."""

    async def talk() -> None:
        async with local.client() as client:
            assert (await ask(client, "fail"))["message"] == "Internal server error"
            assert await ask(client, {"again": 1}) == {"again": 1}

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("x" * (32 * 1024 + 1), 1009),
        (["x" * (32 * 1024)] * 5, 1009),
        (b"binary", 1003),
    ],
    ids=["frame", "message", "binary"],
)
def test_a_message_that_is_too_large_closes(local: Local, sent: Any, code: int) -> None:
    """32 kB a frame, 128 kB a message, and only text."""

    async def talk() -> int | None:
        async with local.client() as client:
            await client.send(sent)
            return await closed(client)

    assert asyncio.run(talk()) == code


def test_a_message_of_several_frames_arrives(local: Local) -> None:
    """A message may be as large as 128 kB, in frames."""
    whole = json.dumps("y" * (100 * 1024))

    async def talk() -> None:
        async with local.client() as client:
            await client.send([whole[at : at + 30_000] for at in range(0, len(whole), 30_000)])
            assert await heard(client) == json.loads(whole)

    asyncio.run(talk())


@pytest.mark.parametrize(
    "limits",
    [SocketLimits(connection_seconds=0.2), SocketLimits(idle_seconds=0.2)],
    ids=["age", "idle"],
)
def test_a_connection_ends(function: Function, limits: SocketLimits) -> None:
    """After two hours, or ten minutes without a message, API Gateway closes it with 1001."""

    async def talk(running: Local) -> int | None:
        async with running.client() as client:
            return await closed(client)

    with serving(function, limits) as running:
        assert asyncio.run(talk(running)) == 1001


def test_functions_reach_a_client(local: Local) -> None:
    """`@connections` sends, tells about a connection, and closes it; then it is gone (410)."""
    api = management(local)

    async def talk() -> int | None:
        async with local.client() as client:
            await ask(client, {})  # the gateway has the connection
            (identifier,) = local.gateway.connections
            await asyncio.to_thread(
                api.post_to_connection, ConnectionId=identifier, Data=b'{"a":1}'
            )
            assert await heard(client) == {"a": 1}
            about = await asyncio.to_thread(api.get_connection, ConnectionId=identifier)
            assert about["Identity"]["SourceIp"] == "127.0.0.1"
            assert about["LastActiveAt"] >= about["ConnectedAt"]
            large = {"ConnectionId": identifier, "Data": b"x" * (128 * 1024 + 1)}
            code = await asyncio.to_thread(code_of, api.post_to_connection, **large)
            assert code == "PayloadTooLargeException"
            await asyncio.to_thread(api.delete_connection, ConnectionId=identifier)
            return await closed(client)

    assert asyncio.run(talk()) == 1000
    for call in (api.get_connection, api.delete_connection):
        assert code_of(call, ConnectionId="L0SM9cOFvHcCIhw=") == "GoneException"


def test_a_client_that_does_not_read_fills_its_buffer(local: Local) -> None:
    """Messages to it are refused (429), and never wait for it."""
    api = management(local)

    def fill(**sent: Any) -> None:
        for _ in range(1000):
            api.post_to_connection(**sent)

    async def talk() -> None:
        async with local.client(max_queue=1) as client:
            await ask(client, {})
            client.transport.pause_reading()
            (identifier,) = local.gateway.connections
            sent = {"ConnectionId": identifier, "Data": b"x" * 100_000}
            code = await asyncio.to_thread(code_of, fill, **sent)
            assert code == "LimitExceededException"
            client.transport.resume_reading()

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"action": "known"}', "known"),
        ('{"action": "unknown"}', "$default"),
        ('{"action": {}}', "$default"),
        ("[]", "$default"),
        ("no JSON", "$default"),
        ("[" * 30_000, "$default"),
    ],
)
def test_the_route_of_a_message(text: str, key: str) -> None:
    """The expression chooses a route of the API, and $default for all other messages."""
    assert route_of("$request.body.action", text, {"known": 1, "$default": 1}) == key


def test_the_events_that_have_no_client_to_wait(project: Project) -> None:
    """The template's API has the three routes, and its own function behind each."""
    api = SocketApi.of_template(project.template)
    assert api
    assert {route.function for route in api.routes.values()} == {"Blackhole"}
    assert [key for key, route in api.routes.items() if route.answers] == ["$default"]
    client = Client("id=", "203.0.113.25", "wscat", "sockets.example.com", 1)
    context = disconnect_event(client, api.stage, 1001, "Going away")["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1001, "Going away")
