"""A WebSocket API of the template on this machine, with API Gateway's limits.

Connections are served by the library `websockets`, in one event loop. What API Gateway offers to
functions below `@connections` is at a port of its own, because that library serves only WebSockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode

from pivotctl.stack import socket_events
from pivotctl.stack.gateway import Returned
from pivotctl.stack.ports import HOST, PortError
from pivotctl.stack.runtime import BusyError, RuntimeFailedError, StillRunningError, failure
from pivotctl.stack.socket_events import CONNECT, DISCONNECT, Client

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

    from pivotctl.socket_apis import SocketApi

INVOKE_SECONDS = 29.0
_PORT_TRIES = 20
_AT_ONCE = 16

type Invoke = Callable[[str, bytes], Returned]
"""Runs a function, by its logical ID, with a payload."""


@dataclass(frozen=True)
class SocketLimits:
    """API Gateway's quotas of a WebSocket API, in seconds and bytes.

    `buffered` is what a client may leave unread before messages to it are refused (429).
    """

    connection_seconds: float = 2 * 60 * 60.0
    idle_seconds: float = 10 * 60.0
    message: int = 128 * 1024
    frame: int = 32 * 1024
    buffered: int = 1024 * 1024


class GoneError(Exception):
    """There is no such connection, or it has closed."""


class BufferFullError(Exception):
    """The client does not read, and what waits for it is as much as may wait."""


class _Connection(ServerConnection):
    """A connection whose frames have API Gateway's limit, and which knows when it was last used."""

    frame_limit = SocketLimits.frame
    client: Client
    used_at: float
    used_on: float

    def process_event(self, event: Any) -> None:
        """Refuse a frame that is too large; count a message as use, but no ping."""
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self.touch()
            if len(event.data) > self.frame_limit:
                self.protocol.fail(CloseCode.MESSAGE_TOO_BIG, "frame too large")
                self.send_data()
                return
        super().process_event(event)

    def touch(self) -> None:
        """Note that the connection is used now."""
        self.used_at, self.used_on = time.monotonic(), time.time()


@dataclass
class SocketGateway:
    """A WebSocket API on a port. `invoke` runs the functions behind its routes."""

    api: SocketApi
    invoke: Invoke
    complain: Callable[[str], None] = lambda _: None
    limits: SocketLimits = SocketLimits()
    port: int = 0
    _open: dict[str, _Connection] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: Server | None = None
    _thread: threading.Thread | None = None
    _workers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sockets")
    )

    @property
    def url(self) -> str:
        """The address that clients connect to, without the stage."""
        return f"ws://{HOST}:{self.port}"

    @property
    def connections(self) -> tuple[str, ...]:
        """The IDs of the open connections."""
        return tuple(self._open)

    # -- life ------------------------------------------------------------------------------------

    def start(self, port: int) -> None:
        """Serve at *port* or the next free one. Raises `PortError`."""
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="sockets")
        self._thread.start()
        for candidate in range(port, port + _PORT_TRIES) if port else (0,):
            with contextlib.suppress(OSError):
                self._server = self._ask(self._serving(candidate)).result()
                self.port = next(iter(self._server.sockets)).getsockname()[1]
                return
        self.stop()
        raise PortError(f"Ports {port} to {port + _PORT_TRIES - 1} are all in use")

    def stop(self) -> None:
        """Close every connection, as API Gateway does when it restarts, and end."""
        if self._thread is None:
            return
        if self._server:
            self._server.close(code=CloseCode.SERVICE_RESTART)
            self._ask(self._server.wait_closed()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._workers.shutdown(cancel_futures=True)
        self._thread = self._server = None

    async def _serving(self, port: int) -> Server:
        return await serve(
            self._handle,
            HOST,
            port,
            process_request=self._admit,
            create_connection=_limited(self.limits.frame),
            max_size=self.limits.message,
            write_limit=2 * self.limits.buffered,
            ping_interval=None,
            compression=None,
            close_timeout=1,
            server_header=None,
        )

    def _ask[T](self, work: Any) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    # -- @connections ----------------------------------------------------------------------------

    def post(self, identifier: str, data: bytes) -> None:
        """Send a message to a client. Raises `GoneError` and `BufferFullError`."""
        self._ask(self._post(identifier, data.decode())).result(INVOKE_SECONDS)

    def about(self, identifier: str) -> dict[str, Any]:
        """Return what API Gateway says of a connection. Raises `GoneError`."""
        connection = self._find(identifier)
        client = connection.client
        return {
            "connectedAt": _iso(client.connected_at / 1000),
            "identity": {"sourceIp": client.source_ip, "userAgent": client.user_agent},
            "lastActiveAt": _iso(connection.used_on),
        }

    def close(self, identifier: str) -> None:
        """Close a connection. Raises `GoneError`."""
        connection = self._find(identifier)
        self._ask(connection.close(CloseCode.NORMAL_CLOSURE, "Connection Closed Normally")).result()

    async def _post(self, identifier: str, text: str) -> None:
        connection = self._find(identifier)
        if connection.transport.get_write_buffer_size() > self.limits.buffered:
            raise BufferFullError(identifier)
        connection.touch()
        try:
            await connection.send(text)
        except ConnectionClosed as error:
            raise GoneError(identifier) from error

    def _find(self, identifier: str) -> _Connection:
        try:
            return self._open[identifier]
        except KeyError:
            raise GoneError(identifier) from None

    # -- routes ----------------------------------------------------------------------------------

    async def _admit(self, accepted: ServerConnection, request: Request) -> Response | None:
        """Answer a handshake as the function of $connect says."""
        connection = cast("_Connection", accepted)
        path = request.path.partition("?")[0].strip("/")
        if path != self.api.stage:
            return connection.respond(HTTPStatus.FORBIDDEN, '{"message":"Forbidden"}')
        headers = list(request.headers.raw_items())
        connection.client = _client(connection, request)
        connection.touch()
        event = socket_events.connect_event(
            connection.client, self.api.stage, request.path, headers
        )
        status = socket_events.admits(await self._run(CONNECT, event))
        if socket_events.is_admitted(status):
            return None
        return connection.respond(HTTPStatus(status), "")

    async def _handle(self, accepted: ServerConnection) -> None:
        """Pass on a client's messages in turn, until the connection closes."""
        connection = cast("_Connection", accepted)
        client = connection.client
        self._open[client.connection_id] = connection
        watching = asyncio.ensure_future(self._watch(connection))
        try:
            async for text in _texts(connection):
                await self._answer(connection, text)
        finally:
            watching.cancel()
            self._open.pop(client.connection_id, None)
            await self._say_goodbye(connection)

    async def _answer(self, connection: _Connection, text: str) -> None:
        key = socket_events.route_of(self.api.selection, text, self.api.routes)
        event = socket_events.message_event(connection.client, self.api.stage, key, text)
        returned = await self._run(key, event)
        said = socket_events.answer_of(returned, connection.client)
        if said and self.api.routes[key].answers:
            with contextlib.suppress(ConnectionClosed):
                await connection.send(said)

    async def _say_goodbye(self, connection: _Connection) -> None:
        code = connection.close_code or CloseCode.ABNORMAL_CLOSURE
        event = socket_events.disconnect_event(
            connection.client, self.api.stage, code, connection.close_reason or ""
        )
        with contextlib.suppress(RuntimeError):  # the gateway is stopping
            await self._run(DISCONNECT, event)

    async def _run(self, key: str, event: Mapping[str, Any]) -> Returned:
        """Run the function of a route. One that could not run is a failure of its own."""
        payload = json.dumps(event).encode()
        run = partial(self.invoke, self.api.routes[key].function, payload)
        try:
            return await self._loop.run_in_executor(self._workers, run)
        except (BusyError, StillRunningError, RuntimeFailedError) as error:
            self.complain(str(error))
            return failure("Unavailable", str(error))

    async def _watch(self, connection: _Connection) -> None:
        """Close a connection that is too old, or has not been used for too long."""
        limits, opened = self.limits, time.monotonic()
        while True:
            old = opened + limits.connection_seconds - time.monotonic()
            idle = connection.used_at + limits.idle_seconds - time.monotonic()
            if min(old, idle) <= 0:
                await connection.close(CloseCode.GOING_AWAY, "Going away")
                return
            await asyncio.sleep(max(min(old, idle), limits.idle_seconds / 1000))


async def _texts(connection: _Connection) -> AsyncIterator[str]:
    """Yield messages; a binary one closes the connection (1003), as API Gateway does."""
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            if isinstance(message, bytes):
                await connection.close(CloseCode.UNSUPPORTED_DATA, "binary is not supported")
                return
            yield message


def _limited(limit: int) -> type[_Connection]:
    """Connections whose frames have a limit."""

    class Limited(_Connection):
        frame_limit = limit

    return Limited


def _client(connection: _Connection, request: Request) -> Client:
    return Client(
        socket_events.new_connection_id(),
        connection.remote_address[0],
        request.headers.get("User-Agent", ""),
        request.headers.get("Host", ""),
        int(time.time() * 1000),
    )


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
