"""Requests to Crossbar, and the responses to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CrossbarCall:
    """A request: *path* follows the base URL, *data* is the body's.

    *whole* is the body beside `data`, such as an `action`. A *repeatable* request has no effect, or
    the same when it is sent twice. With *etag*, the document's when it was read, it fails with
    `Conflict` if somebody has changed the document since.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] | None = None
    whole: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = False
    etag: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def body(self) -> bytes | None:
        """The body as it is sent; None without data."""
        if self.data is None:
            return None
        return json.dumps({**self.whole, "data": self.data}, allow_nan=False).encode()


@dataclass(frozen=True)
class CrossbarResponse:
    """A response: its status, its headers in lower case, and its content."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def etag(self) -> str:
        """The document's ETag, '' if Crossbar has sent none."""
        return self.headers.get("etag", "")

    @property
    def envelope(self) -> dict[str, Any] | None:
        """Crossbar's envelope, or None if something else has answered."""
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        known = isinstance(value, dict) and ("data" in value or "status" in value)
        return value if known else None
