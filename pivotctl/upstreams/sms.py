"""A fake of a service that sends text messages; it only stores them."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class SmsFake:
    """`POST .../messages` with `to` and `text`, once for each Idempotency-Key; `GET .../sent`."""

    def __init__(self) -> None:
        self._sent: dict[str, dict[str, Any]] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Store a message, or return all messages."""
        if request.method == "GET" and request.last == "sent":
            return FakeReply({"messages": list(self._sent.values())})
        if request.method == "POST" and request.last == "messages":
            message = {
                "id": f"sm_{len(self._sent) + 1}",
                "to": request.body["to"],
                "text": request.body["text"],
                "status": "queued",
            }
            key = request.key or message["id"]
            return FakeReply(self._sent.setdefault(key, message), 201)
        return NOT_FOUND
