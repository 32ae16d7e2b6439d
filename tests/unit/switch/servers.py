"""Small servers for the switch to call: functions in this process, and a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pivotctl.switch.http.exchange import HttpRequest, HttpResponse

URL = "https://server.example/ivr"
EVENTS = "https://events.example/"


def flow(module: str, data: dict[str, Any] | None = None, **children: Any) -> dict[str, Any]:
    """A callflow action."""
    keyed = {key.removeprefix("on_"): child for key, child in children.items() if child}
    return {"module": module, "data": data or {}, "children": keyed}


def says(text: str, then: dict[str, Any] | None = None) -> dict[str, Any]:
    """A tts action."""
    return flow("tts", {"text": text}, _=then)


def as_json(answer: Any, status: int = 200) -> HttpResponse:
    """An answer in callflow JSON."""
    body = json.dumps(answer).encode()
    return HttpResponse(status, (("Content-Type", "application/json"),), body)


def as_xml(body: str) -> HttpResponse:
    """An answer in TwiML."""
    return HttpResponse(
        200, (("Content-Type", "text/xml"),), f"<Response>{body}</Response>".encode()
    )


@dataclass
class Server:
    """Answers one request after the other, and keeps what it was asked and sent."""

    answers: list[HttpResponse]
    requests: list[HttpRequest] = field(default_factory=list)
    uploads: list[HttpRequest] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The next answer, empty when there are no more; receivers of events always get a 200."""
        if request.method == "PUT":
            self.uploads.append(request)
            return HttpResponse(200)
        self.requests.append(request)
        if request.url.startswith(EVENTS):
            return HttpResponse(200)
        return self.answers.pop(0) if self.answers else HttpResponse(200)

    def form(self, index: int = -1) -> dict[str, str]:
        """The form fields of a request, from its body or its query."""
        request = self.requests[index]
        text = request.body.decode() or urlsplit(request.url).query
        return dict(parse_qsl(text, keep_blank_values=True))


@contextmanager
def listening(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """A socket server whose `answer` gets each connection and the request's bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    answer(connection, read_request(connection))

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def read_request(connection: socket.socket) -> bytes:
    """All bytes of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
