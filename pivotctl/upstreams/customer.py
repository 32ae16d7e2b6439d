"""A fake of a customer's server, which accepts any event."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class CustomerFake:
    """`POST .../hooks` returns 200."""

    def answer(self, request: FakeRequest) -> FakeReply:
        """Accept an event."""
        return FakeReply({}) if request.method == "POST" and request.last == "hooks" else NOT_FOUND
