"""A chat's incoming webhook, in the shape of Slack's."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class ChatFake:
    """`POST .../services/...` with a `text` is answered with the word `ok`; `GET .../messages`."""

    def __init__(self) -> None:
        self._messages: list[dict[str, Any]] = []

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The message taken, or all that were."""
        if asked.method == "GET" and asked.last == "messages":
            return FakeReply({"messages": self._messages})
        if asked.method != "POST" or "/services/" not in asked.path:
            return NOT_FOUND
        if not asked.body.get("text"):
            return FakeReply("no_text", 400, "text/plain")
        self._messages.append(asked.body)
        return FakeReply("ok", kind="text/plain")
