"""A local WebSocket gateway in front of the functions in this process, and clients of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import websockets

from pivotctl.socket_apis import SocketApi, SocketRoute
from pivotctl.stack.gateway import Returned
from pivotctl.stack.socket_gateway import SocketGateway, SocketLimits
from pivotctl.stack.socket_posts import SocketPosts
from tests.functions import load

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OURS, THEIRS = "a" * 32, "b" * 32
ROUTES = ("$connect", "$disconnect", "$default")
API = SocketApi(
    "SocketApi",
    "live",
    "$request.body.action",
    {key: SocketRoute(key, "Blackhole", answers=key == "$default") for key in ROUTES},
)
SECONDS = 20.0
"""Time that a test waits for a message that has to come."""

type Handler = Callable[[dict[str, Any]], Mapping[str, Any]]


class Local:
    """A running gateway, and the management API at `posts`."""

    def __init__(self, gateway: SocketGateway, posts: SocketPosts) -> None:
        self.gateway = gateway
        self.posts = f"{posts.url}/{gateway.api.stage}"
        self.url = f"{gateway.url}/{gateway.api.stage}"

    def client(self, path: str = "", **options: Any) -> Any:
        """A connection that is opened by `async with`."""
        return websockets.connect(self.url + path, ping_interval=None, **options)


@contextmanager
def serving(handler: Handler, limits: SocketLimits | None = None) -> Iterator[Local]:
    """Run a gateway whose routes all lead to *handler*."""

    def invoke(_function: str, payload: bytes) -> Returned:
        try:
            return Returned(json.dumps(handler(json.loads(payload))).encode())
        except ZeroDivisionError as error:  # a function that fails, in tests of that
            failed = {"errorType": "ZeroDivisionError", "errorMessage": str(error)}
            return Returned(json.dumps(failed).encode(), failed=True)

    gateway = SocketGateway(API, invoke, limits=limits or SocketLimits())
    gateway.start(0)
    posts = SocketPosts(gateway)
    posts.start()
    try:
        yield Local(gateway, posts)
    finally:
        posts.stop()
        gateway.stop()


@contextmanager
def blackhole(environment: Any, limits: SocketLimits | None = None) -> Iterator[Local]:
    """Run a gateway in front of the function `blackhole` in this process."""
    handlers: list[Any] = []
    with serving(lambda event: handlers[0](event, None), limits) as local:
        environment.setenv("SOCKETS_ENDPOINT", local.posts)
        handlers.append(load("sockets/blackhole"))
        yield local


async def ask(client: ClientConnection, message: Mapping[str, Any] | str) -> dict[str, Any]:
    """Send a message, and return the next one that comes."""
    await client.send(message if isinstance(message, str) else json.dumps(message))
    return await heard(client)


async def heard(client: ClientConnection) -> dict[str, Any]:
    """Return the next message."""
    found: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), SECONDS))
    return found


async def closed(client: ClientConnection) -> int | None:
    """Wait until the connection closes, and return the code."""
    await asyncio.wait_for(client.wait_closed(), SECONDS)
    return client.close_code
