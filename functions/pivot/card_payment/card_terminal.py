"""Card payments over the phone.

A card number or expiration date is checked in the request in which it arrives, and leaves for the
payment service in the same one. No digit is stored: only the token that the service returns.

    POST /cards    {"number": "4242424242424242"}                         -> {"card": TOKEN}
    POST /charges  {"card": TOKEN, "expires": "2027-12", "cents": 4217}   -> {"status": "approved"}
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from cards import LONGEST, expiry, is_card_number
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import (
    BUT_POUND,
    Asking,
    ask,
)
from pivotkit.http.parameters import Value
from pivotkit.kazoo import record_call, tts
from pivotkit.services.upstream import Upstream, UpstreamDown

TRIES = 2
"""The times that callers are asked for a card number or a date."""

ASK_NUMBER = "Please enter your card number, followed by the pound key."
ASK_EXPIRY = "Please enter the expiration date: two digits for the month, and two for the year."
WRONG_NUMBER = "Sorry, that's not a valid card number."
WRONG_EXPIRY = "Sorry, that's not a valid date."

type Checked = dict[str, str]
"""The result of digits: `card`, the token; `outcome`, a `Payment`; or `wrong`, an apology."""


class Payment(StrEnum):
    """The outcome of a payment."""

    APPROVED = "approved"
    DECLINED = "declined"
    DOWN = "down"
    """The service could not be reached. Nothing was charged."""
    UNCLEAR = "unclear"
    """The service did not answer the charge. It may or may not have been made."""
    GIVEN_UP = "given up"
    """The caller entered no valid card."""


class CardTerminal:
    """Asks callers for their cards, and charges them through the service *payments*."""

    def __init__(self, payments: Upstream) -> None:
        self._payments = payments

    def charge(self, call: Call, cents: int) -> Asking[Payment]:
        """Ask for a card and charge it, only once however often a request is repeated.

        `payment = yield from terminal.charge(call, 4217)`. This stops a recording of the call. A
        callflow cannot pause one, but `record_call("start")` begins another file
        (`cf_record_call.erl`).
        """
        checked = yield from _ask_unrecorded(ASK_NUMBER, LONGEST, self._tokenize)
        if "card" in checked:
            charge = partial(self._charge, call, checked["card"], cents)
            checked = yield from _ask_unrecorded(ASK_EXPIRY, len("MMYY"), charge)
        return Payment(checked["outcome"])

    def _tokenize(self, number: str) -> Checked:
        if not is_card_number(number):
            return {"wrong": WRONG_NUMBER}
        try:
            answer = self._payments.post("/cards", {"number": number})
            return {"card": answer.text("card")}
        except UpstreamDown as error:
            return {"outcome": Payment.DECLINED if error.is_refusal else Payment.DOWN}

    def _charge(self, call: Call, card: str, cents: int, digits: str) -> Checked:
        expires = expiry(digits, call.now.date())
        if not expires:
            return {"wrong": WRONG_EXPIRY}
        body: dict[str, Value] = {"card": card, "expires": expires, "cents": cents}
        try:
            answer = self._payments.post("/charges", body, key=call.effect_key("charge"))
            approved = answer.text("status") == Payment.APPROVED
        except UpstreamDown as error:
            return {"outcome": Payment.DECLINED if error.is_refusal else Payment.UNCLEAR}
        return {"outcome": Payment.APPROVED if approved else Payment.DECLINED}


def _ask_unrecorded(
    prompt: str, max_digits: int, check: Callable[[str], Checked]
) -> Asking[Checked]:
    """The result of *check* for digits that are not recorded; invalid ones are asked for again."""
    apology = ""
    for _ in range(TRIES):
        words = f"{apology} {prompt}".strip()
        question = record_call("stop") >> tts(words, terminators=BUT_POUND)
        checked = yield from ask(question, max_digits=max_digits, timeout=10, pause=6, secret=check)
        if checked and "wrong" not in checked:
            return checked
        apology = checked["wrong"] if checked else ""
    return {"outcome": Payment.GIVEN_UP}
