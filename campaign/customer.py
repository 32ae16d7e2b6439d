"""A customer's endpoint, which counts the events that `fan_out` posts to it."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.entries import Entry
from pivotctl.stack.seed import item_of

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_HOST = "127.0.0.1"
_TABLE = "DirectoryTable"
_SECRET = f"whsec_{base64.b64encode(bytes(24)).decode()}"


@dataclass
class Customer:
    """Accepts any event, thread-safe. `posts` counts them by their ID, the header `webhook-id`.

    A server of Standard Webhooks drops an event whose ID it knows, so each ID is one effect.
    """

    posts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def note(self, webhook_id: str) -> None:
        """Count an event."""
        with self._lock:
            self.posts[webhook_id] += 1

    @property
    def repeated(self) -> int:
        """The number of events that came again under a known ID."""
        return self.posts.total() - len(self.posts)

    @contextmanager
    def registered(self, stack: Stack) -> Iterator[None]:
        """Listen, as the endpoint of the account for all events, until the context ends."""
        server = _Server((_HOST, 0), _Handler)
        server.customer = self
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            _register(stack, f"http://{_HOST}:{server.server_port}/hooks")
            yield
        finally:
            server.shutdown()
            server.server_close()


def _register(stack: Stack, url: str) -> None:
    endpoint = {"url": url, "secret": _SECRET, "events": ["*"]}
    entry = Entry("endpoints", "all", {"endpoints": [endpoint]}, ACCOUNT_ID)
    item = item_of(entry, Path(__file__))
    stack.own.aws.dynamodb().put_item(TableName=stack.tables[_TABLE], Item=item)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    customer: Customer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Accept an event."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        cast("_Server", self.server).customer.note(self.headers.get("webhook-id") or "")
        self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
        """Keep quiet."""
