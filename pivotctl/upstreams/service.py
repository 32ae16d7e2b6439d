"""Requests to fakes of services, their answers, and the modes in which they misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import parse_qsl


class FakeMode(StrEnum):
    """Modes of a fake.

    `slow` answers after some seconds, `wrong` with JSON of another shape, `error` with status 500
    and the service's error body, `dead` not at all: the connection is reset. `drip` sends its
    answer byte by byte, `huge` one of a megabyte, and `html` a page with status 200.
    """

    OK = "ok"
    SLOW = "slow"
    WRONG = "wrong"
    ERROR = "error"
    DEAD = "dead"
    DRIP = "drip"
    HUGE = "huge"
    HTML = "html"


@dataclass(frozen=True)
class FakeRequest:
    """A request to a fake: `path` begins after the fake's name, `body` is JSON or None.

    `content` is the body as it was sent, for protocols that are not JSON.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: str = ""

    @property
    def form(self) -> Mapping[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.content, keep_blank_values=True))

    @property
    def key(self) -> str:
        """The Idempotency-Key, or ''."""
        return self.headers.get("idempotency-key", "")

    @property
    def last(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class FakeReply:
    """A fake's answer: JSON, or text or bytes of another kind.

    `pause` is the time in seconds before each byte of the body.
    """

    body: Any = None
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0


NOT_FOUND = FakeReply({"error": "not found"}, 404)


class Fake(Protocol):
    """A fake of a service, with its state in memory."""

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the answer to one request."""
        ...


def wrong(value: Any) -> Any:
    """Return *value* with the same keys, but every value of an unexpected type."""
    if isinstance(value, Mapping):
        return {name: wrong(item) for name, item in value.items()}
    if isinstance(value, list):
        return {"0": [wrong(item) for item in value]}
    if isinstance(value, bool) or value is None:
        return "perhaps"
    return ["seven"] if isinstance(value, int | float) else 7
