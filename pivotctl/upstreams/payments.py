"""A fake of a payment service: charges a card, once for each Idempotency-Key."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

APPROVED = "4242424242424242"
DECLINED = {
    "4000000000000002": "declined",
    "4000000000009995": "insufficient funds",
    "4000000000000069": "expired card",
}


class PaymentsFake:
    """`POST .../cards` with `number` returns `card`, a token for the number.

    `POST .../charges` with `card` (either), `expires` and `cents`; `GET .../charges` lists them.
    """

    def __init__(self) -> None:
        self._cards: dict[str, str] = {}
        self._charges: dict[str, dict[str, Any]] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the charge: `status` is `approved`, or `declined` with a `reason`."""
        if request.method == "POST" and request.last == "cards":
            token = f"card_{len(self._cards) + 1}"
            self._cards[token] = str(request.body["number"])
            return FakeReply({"card": token}, 201)
        if request.last != "charges":
            return NOT_FOUND
        if request.method == "GET":
            return FakeReply({"charges": list(self._charges.values())})
        key = request.key or str(len(self._charges))
        return FakeReply(self._charges.setdefault(key, self._charge(request.body)), 201)

    def _charge(self, body: dict[str, Any]) -> dict[str, Any]:
        card = str(body.get("card", ""))
        card = self._cards.get(card, card)
        reason = DECLINED.get(card) or ("" if is_card(card) else "invalid number")
        return {
            "id": f"ch_{len(self._charges) + 1}",
            "cents": body.get("cents"),
            "status": "declined" if reason else "approved",
            "reason": reason,
            "last_digits": card[-4:],
        }


def is_card(number: str) -> bool:
    """Whether *number* has the length and the check digit of a card (Luhn)."""
    if not number.isdigit() or not 12 <= len(number) <= 19:  # noqa: PLR2004
        return False
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(sum(divmod(n, 10)) for n in doubled) + sum(map(int, number[-1::-2]))) % 10 == 0
