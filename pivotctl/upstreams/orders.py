"""A fake of a shop: the state of orders, and new orders."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class OrdersFake:
    """`GET .../orders/NUMBER`; `POST .../orders` with `item` and `phone` creates one."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, Any]] = {
            "2001": {"number": "2001", "status": "shipped", "arrives": "2027-01-12"},
            "2002": {"number": "2002", "status": "in preparation", "arrives": None},
        }
        self._made: dict[str, str] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return one order; 404 for an unknown number."""
        if request.method == "POST" and request.last == "orders":
            return self._make(request)
        order = self._orders.get(request.last)
        return FakeReply({"order": order}) if order else NOT_FOUND

    def _make(self, request: FakeRequest) -> FakeReply:
        number = str(2001 + len(self._orders))
        number = self._made.setdefault(request.key or number, number)
        order = {**request.body, "number": number, "status": "received", "arrives": None}
        return FakeReply({"order": self._orders.setdefault(number, order)}, 201)
