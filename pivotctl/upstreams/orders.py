"""A shop's orders: their state, and new ones."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class OrdersFake:
    """`GET .../orders/NUMBER`; `POST .../orders` with `item` and `phone` makes one."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, Any]] = {
            "2001": {"number": "2001", "status": "shipped", "arrives": "2027-01-12"},
            "2002": {"number": "2002", "status": "in preparation", "arrives": None},
        }
        self._made: dict[str, str] = {}

    def answer(self, asked: FakeRequest) -> FakeReply:
        """One order; 404 for a number that there is not."""
        if asked.method == "POST" and asked.last == "orders":
            return self._make(asked)
        order = self._orders.get(asked.last)
        return FakeReply({"order": order}) if order else NOT_FOUND

    def _make(self, asked: FakeRequest) -> FakeReply:
        number = str(2001 + len(self._orders))
        number = self._made.setdefault(asked.key or number, number)
        order = {**asked.body, "number": number, "status": "received", "arrives": None}
        return FakeReply({"order": self._orders.setdefault(number, order)}, 201)
