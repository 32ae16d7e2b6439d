"""What agents have on their screens: it is told who calls whom."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class DeskFake:
    """`POST .../calls` shows a call, once for each Idempotency-Key; `GET .../calls` lists them."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, Any]] = {}

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The call that is shown, or all that were."""
        if asked.last != "calls":
            return NOT_FOUND
        if asked.method == "POST":
            key = asked.key or str(len(self._shown))
            return FakeReply(self._shown.setdefault(key, asked.body), 201)
        return FakeReply({"calls": list(self._shown.values())})
