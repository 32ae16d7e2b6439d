"""A fake of a billing system: prepaid balances and rates, in cents."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

BALANCES = {
    "+14155550123": 1200,
    "+14155550124": 7,
    "+14155550125": 0,
    "+14155550126": 1_000_000,
}
RATES = {"+1": 4, "+44": 9, "+": 25}
"""Cents a minute, by the longest matching prefix."""


class BalanceFake:
    """`GET /prepaid?caller=+1...&number=+1...` returns `balance`, and `rate` a minute."""

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the balance of a caller; 404 for an unknown caller."""
        caller = request.query.get("caller", "")
        if request.method != "GET" or request.last != "prepaid" or caller not in BALANCES:
            return NOT_FOUND
        number = request.query.get("number", "")
        return FakeReply({"balance": BALANCES[caller], "rate": rate(number), "currency": "USD"})


def rate(number: str) -> int:
    """Return the cost of a minute to *number*."""
    prefixes = sorted(RATES, key=len, reverse=True)
    return next((RATES[prefix] for prefix in prefixes if number.startswith(prefix)), RATES["+"])
