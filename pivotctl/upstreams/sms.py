"""A service that sends texts: here it keeps them."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class SmsFake:
    """`POST .../messages` with `to` and `text`, once for each Idempotency-Key; `GET .../sent`."""

    def __init__(self) -> None:
        self._sent: dict[str, dict[str, Any]] = {}

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The message taken, or all that were sent."""
        if asked.method == "GET" and asked.last == "sent":
            return FakeReply({"messages": list(self._sent.values())})
        if asked.method == "POST" and asked.last == "messages":
            message = {
                "id": f"sm_{len(self._sent) + 1}",
                "to": asked.body["to"],
                "text": asked.body["text"],
                "status": "queued",
            }
            key = asked.key or message["id"]
            return FakeReply(self._sent.setdefault(key, message), 201)
        return NOT_FOUND
