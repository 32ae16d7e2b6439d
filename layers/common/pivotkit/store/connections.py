"""Kept-alive connections to one endpoint, each used by one thread at a time."""

import select
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.util import find_spec
from os import environ
from typing import NamedTuple
from urllib.parse import urlsplit


class Reply(NamedTuple):
    """A response: its status, its headers by names in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(Exception):
    """No response came: the reason is in the SDK's words, such as `ReadTimeoutError`."""


class Connections:
    """Connections to *url*, which open within *connect_seconds* and answer in *read_seconds*."""

    def __init__(self, url: str, *, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"endpoint {url!r} is no URL of http or https")
        self.host = parts.netloc.rpartition("@")[2]
        self._name, self._port = parts.hostname, parts.port
        self._context = _context() if parts.scheme == "https" else None
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle: deque[HTTPConnection] = deque()

    def open_one(self) -> None:
        """Open a connection for the first request. If it fails, the request will say so."""
        try:
            self._idle.append(self._opened())
        except Unanswered:
            return

    def post(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a POST to the root, and return the response. Raises `Unanswered`."""
        connection = self._taken()
        try:
            connection.request("POST", "/", body, dict(headers))
            response = connection.getresponse()
            reply = Reply(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        except (OSError, HTTPException) as error:
            connection.close()
            self.close()  # others were opened at the same time, and may be as dead
            raise Unanswered(_reason(error)) from error
        except BaseException:  # the deadline of a call may pass anywhere
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return reply

    def close(self) -> None:
        """Close the idle connections; the next request opens a new one."""
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> HTTPConnection:
        """An idle connection that the other side has not closed, or a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if _is_open(connection):
                return connection
            connection.close()
        return self._opened()

    def _opened(self) -> HTTPConnection:
        made = self._made()
        try:
            made.connect()
        except TimeoutError as error:
            made.close()
            raise Unanswered("ConnectTimeoutError") from error
        except ssl.SSLError as error:
            made.close()
            raise Unanswered("SSLError") from error
        except OSError as error:
            made.close()
            raise Unanswered("EndpointConnectionError") from error
        except BaseException:
            made.close()
            raise
        made.sock.settimeout(self._read_seconds)
        made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return made

    def _made(self) -> HTTPConnection:
        if self._context is None:
            return HTTPConnection(self._name, self._port, timeout=self._connect_seconds)
        return HTTPSConnection(
            self._name, self._port, timeout=self._connect_seconds, context=self._context
        )


def _is_open(connection: HTTPConnection) -> bool:
    """Tell whether the other side has neither closed a connection nor sent anything unasked."""
    if connection.sock is None:
        return False
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return not waiting.poll(0)


def _reason(error: OSError | HTTPException) -> str:
    return "ReadTimeoutError" if isinstance(error, TimeoutError) else "ConnectionClosedError"


def _context() -> ssl.SSLContext:
    """TLS that trusts the authorities that the SDK trusts."""
    return ssl.create_default_context(cafile=environ.get("AWS_CA_BUNDLE") or _authorities_of_sdk())


def _authorities_of_sdk() -> str | None:
    """The file of authorities that botocore brings along, found without importing botocore."""
    package = find_spec("botocore")
    if package is None or not package.submodule_search_locations:
        return None
    return f"{package.submodule_search_locations[0]}/cacert.pem"
