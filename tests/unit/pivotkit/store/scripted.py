"""A DynamoDB that answers each request as a test has written down."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

type Reply = Callable[[socket.socket], bool]
"""Answers one request. Returns whether the connection stays open."""

REQUEST_SECONDS = 5


def says(
    status: int, answer: object, *, headers: Mapping[str, str] | None = None, keep: bool = True
) -> Reply:
    """A response with *answer* as JSON, or as it is if it is bytes."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    named = {
        "x-amz-crc32": str(zlib.crc32(body)),
        "content-length": str(len(body)),
        "date": formatdate(usegmt=True),
        **(headers or {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    raw = f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body

    def send(connection: socket.socket) -> bool:
        connection.sendall(raw)
        return keep

    return send


def refuses(code: str, status: int = 400, **more: Any) -> Reply:
    """A response with an error of DynamoDB."""
    return says(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **more})


def hangs_up(_: socket.socket) -> bool:
    """No response: the connection is closed."""
    return False


def is_silent(connection: socket.socket) -> bool:
    """No response: the connection stays open until the other side closes it."""
    with suppress(OSError):
        connection.settimeout(REQUEST_SECONDS)
        connection.recv(1)
    return False


def drips(connection: socket.socket) -> bool:
    """A response of which a byte comes every few milliseconds."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\n" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
    return False


@dataclass
class Scripted:
    """Requests that arrived: their headers and bodies, and how many connections there were."""

    url: str
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def targets(self) -> list[str]:
        """The operations that were asked for."""
        return [each["x-amz-target"].split(".")[1] for each in self.headers]


@contextmanager
def scripted(
    *replies: Reply, tls: ssl.SSLContext | None = None, family: socket.AddressFamily | None = None
) -> Iterator[Scripted]:
    """A server with the *replies* to the first requests; further ones get the last reply."""
    family = family or socket.AF_INET
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.bind((host, 0))
        listening.listen()
        port = listening.getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        found = Scripted(f"https://localhost:{port}" if tls else f"http://{name}:{port}")
        server = threading.Thread(target=_serve, args=(listening, found, replies, tls), daemon=True)
        server.start()
        yield found
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    server.join()


def _serve(
    listening: socket.socket,
    found: Scripted,
    replies: Sequence[Reply],
    tls: ssl.SSLContext | None,
) -> None:
    threads = []
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            break
        found.connections += 1
        answering = threading.Thread(
            target=_answer, args=(connection, found, replies, tls), daemon=True
        )
        answering.start()
        threads.append(answering)


def _answer(
    plain: socket.socket, found: Scripted, replies: Sequence[Reply], tls: ssl.SSLContext | None
) -> None:
    with suppress(OSError, ssl.SSLError), plain:
        connection = tls.wrap_socket(plain, server_side=True) if tls else plain
        with connection, connection.makefile("rb") as file:
            while request := _read(file):
                headers, body = request
                at = min(len(found.headers), len(replies) - 1)
                found.headers.append(headers)
                found.bodies.append(body)
                if not replies[at](connection):
                    return


def _read(file: Any) -> tuple[dict[str, str], bytes] | None:
    if not file.readline():
        return None
    headers = {}
    while line := file.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return headers, file.read(int(headers.get("content-length", 0)))
