"""A customer's server, which takes whatever events it is sent."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class CustomerFake:
    """`POST .../hooks` is answered with 200."""

    def answer(self, asked: FakeRequest) -> FakeReply:
        """That it was taken."""
        return FakeReply({}) if asked.method == "POST" and asked.last == "hooks" else NOT_FOUND
