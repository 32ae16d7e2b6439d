"""A billing system: prepaid balances, and what a minute to a number costs. Money is cents."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

BALANCES = {
    "+14155550123": 1200,
    "+14155550124": 7,
    "+14155550125": 0,
    "+14155550126": 1_000_000,
}
RATES = {"+1": 4, "+44": 9, "+": 25}
"""Cents a minute, by the longest prefix that fits."""


class BalanceFake:
    """`GET /prepaid?caller=+1...&number=+1...`: `balance`, and `rate` a minute."""

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The balance of a caller; 404 for one who has no account."""
        caller = asked.query.get("caller", "")
        if asked.method != "GET" or asked.last != "prepaid" or caller not in BALANCES:
            return NOT_FOUND
        number = asked.query.get("number", "")
        return FakeReply({"balance": BALANCES[caller], "rate": rate(number), "currency": "USD"})


def rate(number: str) -> int:
    """What a minute to *number* costs."""
    prefixes = sorted(RATES, key=len, reverse=True)
    return next((RATES[prefix] for prefix in prefixes if number.startswith(prefix)), RATES["+"])
