"""The softphone's server, on the loopback interface only."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from pivotctl.phone import beside_page, call_api, media_page, phone_page, upstreams_page
from pivotctl.phone.own_origin import OwnOrigin
from pivotctl.phone.phone import Phone
from pivotctl.stack.ports import HOST, PortError
from pivotpages.guard import Guard

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from pivotctl.stack import Stack

PORT = 8088
_PORT_TRIES = 20
_LOOK_SECONDS = 5.0
_STOP_SECONDS = 5.0
_PAGES = (phone_page, call_api, upstreams_page, media_page, beside_page)


def application(phone: Phone, port: int) -> ASGIApp:
    """Return the whole application, as it is served on `port`."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        looking = asyncio.create_task(_end_abandoned(phone))
        yield
        looking.cancel()

    routes = [route for page in _PAGES for route in page.routes(phone)]
    app = Starlette(
        routes=[*routes, phone.assets.route],
        exception_handlers={HTTPException: _error},
        lifespan=lifespan,
    )
    return Guard(OwnOrigin(app, port))


async def _error(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 the handler is registered for it
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _end_abandoned(phone: Phone) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        phone.switchboard.end_abandoned()


@contextmanager
def serving(stack: Stack) -> Iterator[Stack]:
    """Serve the phone of `stack` until the context ends; yield the stack with its address.

    The port is 8088, or the next free one. Raises `PortError`.
    """
    with served(Phone.of(stack), range(PORT, PORT + _PORT_TRIES)) as url:
        stack.own.phone_url = url
        yield replace(stack, info=stack.own.info())


@contextmanager
def served(phone: Phone, ports: Sequence[int] = (0,)) -> Iterator[str]:
    """Serve `phone` on the first free of `ports`, and yield its address. Raises `PortError`."""
    listening = _bound(ports)
    port = int(listening.getsockname()[1])
    config = uvicorn.Config(
        application(phone, port),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True, name="phone")
    thread.start()
    try:
        yield f"http://{HOST}:{port}/"
    finally:
        phone.switchboard.close()
        server.should_exit = True
        thread.join(_STOP_SECONDS)
        listening.close()


def _bound(ports: Sequence[int]) -> socket.socket:
    for port in ports:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError:
            listening.close()
            continue
        listening.listen()
        return listening
    raise PortError(f"Ports {ports[0]} to {ports[-1]} are all in use: stop what has them")
