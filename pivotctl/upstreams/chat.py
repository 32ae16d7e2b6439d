"""A fake of a chat's incoming webhook, like Slack's."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class ChatFake:
    """`POST .../services/...` with a `text` returns `ok`; `GET .../messages` lists messages."""

    def __init__(self) -> None:
        self._messages: list[dict[str, Any]] = []

    def answer(self, request: FakeRequest) -> FakeReply:
        """Store a message, or return all messages."""
        if request.method == "GET" and request.last == "messages":
            return FakeReply({"messages": self._messages})
        if request.method != "POST" or "/services/" not in request.path:
            return NOT_FOUND
        if not request.body.get("text"):
            return FakeReply("no_text", 400, "text/plain")
        self._messages.append(request.body)
        return FakeReply("ok", kind="text/plain")
