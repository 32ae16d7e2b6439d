"""Requests to URLs that customers choose: https only, and never into a network of our own.

A host is looked up once. All its addresses must be public, and the connection goes to one of them,
so a host whose address changes between check and connection gains nothing. Redirects are not
followed. Lookup, connection, request, and answer share one time limit, which holds in any thread.
"""

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from networks import is_public
from pivotkit.http.keys import is_local

LOOKUP_SECONDS = 5.0
"""The longest that a host's lookup may take, unless a request has less time."""

_OK = 2  # hundreds
_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")
_PATH_CHARACTERS = "/?%:@!$&'()*+,;=~-._[]"
_TLS = ssl.create_default_context()


class NotReached(Exception):
    """Raised when an endpoint did not accept a request. `reason` does not reveal its address.

    `status` is the HTTP status, if there was an answer.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class CheckedUrl(NamedTuple):
    """A URL that may be used; `address` is the IP address that was checked."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


class TimeLimit:
    """The time for one whole request, in *seconds* from now."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends_at = clock() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises `TimeoutError` when there are none."""
        left = self._ends_at - self._clock()
        if left <= 0:
            raise TimeoutError("the time for the request is over")
        return left


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> None:
    """Post *body* to *url* within *seconds*, the host's lookup included. Raises `NotReached`.

    Any 2xx is a success; the body of the answer is not read.
    """
    limit = TimeLimit(seconds)
    try:
        target = checked(url, seconds=limit.left())
        status = _status(target, body, headers, limit)
    except TimeoutError as error:
        raise NotReached(f"no answer in {seconds:.1f} s") from error
    except (HTTPException, OSError) as error:
        raise NotReached(f"no answer: {type(error).__name__}") from error
    if status // 100 != _OK:
        raise NotReached(f"answered {status}", status)


def checked(url: str, *, seconds: float = LOOKUP_SECONDS) -> CheckedUrl:
    """Return *url* with its address, looked up within *seconds*. Raises `NotReached`."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise NotReached("the URL cannot be read") from error
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise NotReached("the URL must be https, without user and password")
    if not _HOST.fullmatch(host):
        raise NotReached("the URL cannot be read")
    addresses = _addresses(host, port, seconds)
    is_own = is_local() and all(ip_address(each).is_loopback for each in addresses)
    if not is_own and parts.scheme != "https":
        raise NotReached("the URL must begin with https://")
    if not is_own and not all(is_public(each) for each in addresses):
        raise NotReached("the host is not on the public Internet")
    query = f"?{parts.query}" if parts.query else ""
    path = quote(f"{parts.path or '/'}{query}", safe=_PATH_CHARACTERS)
    return CheckedUrl(parts.scheme, host, addresses[0], port, path)


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of *host*. Raises `NotReached`.

    A lookup is a call into C that cannot be interrupted, so it runs in a thread that may be left
    behind. The system's resolver ends it.
    """
    found: SimpleQueue[list[str]] = SimpleQueue()
    Thread(target=lambda: found.put(_looked_up(host, port)), daemon=True).start()
    try:
        addresses = found.get(timeout=seconds)
    except Empty as error:
        raise NotReached("the host was not found in time") from error
    if not addresses:
        raise NotReached("the host has no address")
    return addresses


def _looked_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(each[4][0]).partition("%")[0] for each in found]


def _status(target: CheckedUrl, body: bytes, headers: Mapping[str, str], limit: TimeLimit) -> int:
    """Return the status of the answer from the checked address, asked by the name of the host."""
    is_default_port = target.port == _PORTS[target.scheme]
    host = f"[{target.host}]" if ":" in target.host else target.host
    sent = {**headers, "Host": host if is_default_port else f"{host}:{target.port}"}
    with _connected(target, limit) as connected:
        connection = HTTPConnection(target.host, target.port)
        connection.sock = _TimedSocket(connected, limit)
        connection.request("POST", target.path, body, sent)
        return connection.getresponse().status


def _connected(target: CheckedUrl, limit: TimeLimit) -> socket.socket:
    """Return a connection to the checked address, with a certificate for the host in the URL."""
    plain = socket.create_connection((target.address, target.port), limit.left())
    if target.scheme == "http":
        return plain
    with plain:  # closed if TLS fails; otherwise it no longer owns the connection
        plain.settimeout(limit.left())
        return _TLS.wrap_socket(plain, server_hostname=target.host)


class _TimedSocket(io.RawIOBase):
    """A connection for `http.client`, all of whose reads and writes end at one time limit.

    A socket's own time-out begins anew with each byte, so a slow trickle would never end.
    """

    def __init__(self, connected: socket.socket, limit: TimeLimit) -> None:
        super().__init__()
        self._connected = connected
        self._limit = limit

    def readable(self) -> bool:
        """Return that it can be read, for `BufferedReader`."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read at most one buffer. Raises `TimeoutError`."""
        self._connected.settimeout(self._limit.left())
        return self._connected.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        """Write all of *data*. Raises `TimeoutError`."""
        rest = memoryview(data)
        while rest:
            self._connected.settimeout(self._limit.left())
            rest = rest[self._connected.send(rest) :]

    def close(self) -> None:
        """Leave the connection open: it is closed by the code that opened it."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the reader of the answer."""
        return io.BufferedReader(self)
