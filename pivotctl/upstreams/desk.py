"""A fake of agents' screens, which show incoming calls."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class DeskFake:
    """`POST .../calls` shows a call, once for each Idempotency-Key; `GET .../calls` lists them."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, Any]] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Show a call, or return all calls shown."""
        if request.last != "calls":
            return NOT_FOUND
        if request.method == "POST":
            key = request.key or str(len(self._shown))
            return FakeReply(self._shown.setdefault(key, request.body), 201)
        return FakeReply({"calls": list(self._shown.values())})
