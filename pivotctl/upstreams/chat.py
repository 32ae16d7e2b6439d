"""A chat's incoming webhook, in the shape of Slack's."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, Asked, Reply


class Chat:
    """`POST .../services/...` with a `text` is answered with the word `ok`; `GET .../messages`."""

    def __init__(self) -> None:
        self._messages: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Reply:
        """The message taken, or all that were."""
        if asked.method == "GET" and asked.last == "messages":
            return Reply({"messages": self._messages})
        if asked.method != "POST" or "/services/" not in asked.path:
            return NOT_FOUND
        if not asked.body.get("text"):
            return Reply("no_text", 400, "text/plain")
        self._messages.append(asked.body)
        return Reply("ok", kind="text/plain")
