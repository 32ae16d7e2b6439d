"""A customer's server, which takes whatever events it is sent."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, Asked, Reply


class Customer:
    """`POST .../hooks` is answered with 200."""

    def answer(self, asked: Asked) -> Reply:
        """That it was taken."""
        return Reply({}) if asked.method == "POST" and asked.last == "hooks" else NOT_FOUND
