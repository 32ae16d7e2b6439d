"""Servers on the loopback interface that behave well, badly or not at all."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

type Talk = Callable[[socket.socket], None]


def request_of(connection: socket.socket) -> bytes:
    """The whole request, its body with it; empty when the other side has closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            return b""
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: str | bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An HTTP answer, as it goes over the wire."""
    content = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}"]
    return "\r\n".join([*head, "", ""]).encode() + content


def says(body: str | bytes, status: str = "200 OK", *headers: str) -> Talk:
    """A server that answers every request alike."""

    def talk(connection: socket.socket) -> None:
        while request_of(connection):
            connection.sendall(answer(body, status, *headers))

    return talk


def drips(head: bytes, drop: bytes = b"x") -> Talk:
    """A server that says *head*, and then one *drop* after the other."""

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.03)

    return talk


def is_silent(connection: socket.socket) -> None:
    """A server that takes the request and says nothing."""
    while connection.recv(1024):
        pass


def resets(connection: socket.socket) -> None:
    """A server that takes the request and breaks the connection off.

    One that did not wait for the request would break it off while it is sent, or before.
    """
    request_of(connection)
    linger = (1).to_bytes(4, "little") + bytes(4)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@contextlib.contextmanager
def server(talk: Talk) -> Iterator[str]:
    """The base URL of a server that behaves as *talk* does, on each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, talk), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, talk: Talk) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_talk, args=(connection, talk), daemon=True).start()


def _talk(connection: socket.socket, talk: Talk) -> None:
    with connection, contextlib.suppress(OSError):
        talk(connection)


def dead_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
