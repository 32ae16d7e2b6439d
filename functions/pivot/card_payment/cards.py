"""Payments by card over the phone. No digit is stored: a number is a token as soon as it is here.

Number and expiry date are checked in the request in which they arrive, and leave for the payment
service in the same one. The service is asked with

    POST /cards    {"number": "4242424242424242"}                         -> {"card": TOKEN}
    POST /charges  {"card": TOKEN, "expires": "2027-12", "cents": 4217}   -> {"status": "approved"}
"""

from collections.abc import Callable, Generator
from datetime import date
from enum import StrEnum
from functools import partial

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import BUT_POUND, Question, Reply, ask
from pivotkit.http.parameters import Value
from pivotkit.kazoo import record_call, tts
from pivotkit.services.upstream import Upstream, UpstreamDown

TRIES = 2
"""How often a number or a date that cannot be right is asked for."""

SHORTEST, LONGEST = 12, 19
"""Digits of a card's number (ISO/IEC 7812)."""

NUMBER = "Please enter the number of your card, followed by the pound key."
EXPIRY = "Please enter the date it expires: two digits for the month, and two for the year."

type Checked = dict[str, str]
"""What is kept of digits: `card`, the token; `outcome`, a `Payment`; or `wrong`, to ask again."""


class Payment(StrEnum):
    """What became of a payment."""

    APPROVED = "approved"
    DECLINED = "declined"
    DOWN = "down"
    """The service could not be asked. Nothing was charged."""
    UNCLEAR = "unclear"
    """The service gave no answer to the charge: nobody here knows whether it was made."""
    GIVEN_UP = "given up"
    """The caller entered nothing that could be a card."""


class CardTerminal:
    """Asks callers for their cards, and charges them by the service *payments*."""

    def __init__(self, payments: Upstream) -> None:
        self._payments = payments

    def charge(self, call: Call, cents: int) -> Generator[Question, Reply, Payment]:
        """Ask for a card and charge it, once however often a request is repeated.

        `payment = yield from terminal.charge(call, 4217)`. A recording of the call is stopped: of
        KAZOO's ways to pause one, a callflow has only this, and `record_call("start")` begins the
        next file (`cf_record_call.erl`).
        """
        found = yield from _insist(NUMBER, LONGEST, self._token)
        if "card" in found:
            charged = partial(self._charged, call, found["card"], cents)
            found = yield from _insist(EXPIRY, 4, charged)
        return Payment(found["outcome"])

    def _token(self, number: str) -> Checked:
        if not is_card_number(number):
            return {"wrong": "That is not the number of a card. "}
        try:
            answer = self._payments.post("/cards", {"number": number})
            return {"card": answer.text("card")}
        except UpstreamDown as error:
            return {"outcome": Payment.DECLINED if error.is_refusal else Payment.DOWN}

    def _charged(self, call: Call, card: str, cents: int, keys: str) -> Checked:
        expires = expiry(keys, call.now.date())
        if not expires:
            return {"wrong": "That date is not right. "}
        body: dict[str, Value] = {"card": card, "expires": expires, "cents": cents}
        try:
            answer = self._payments.post("/charges", body, key=call.effect_key("charge"))
            approved = answer.text("status") == Payment.APPROVED
        except UpstreamDown as error:
            return {"outcome": Payment.DECLINED if error.is_refusal else Payment.UNCLEAR}
        return {"outcome": Payment.APPROVED if approved else Payment.DECLINED}


def is_card_number(digits: str) -> bool:
    """Whether *digits* may be the number of a card: its length, and the check digit of Luhn."""
    if not (digits.isdecimal() and SHORTEST <= len(digits) <= LONGEST):
        return False
    values = [int(digit) for digit in reversed(digits)]
    doubled = [sum(divmod(2 * value, 10)) for value in values[1::2]]
    return (sum(values[::2]) + sum(doubled)) % 10 == 0


def expiry(keys: str, today: date) -> str:
    """The month in *keys* (`1227`) as `2027-12`; '' for none, and for one that is over."""
    if not (keys.isdecimal() and len(keys) == len("1227") and 1 <= int(keys[:2]) <= 12):  # noqa: PLR2004
        return ""
    month = f"20{keys[2:]}-{keys[:2]}"
    return month if month >= f"{today:%Y-%m}" else ""


def _insist(
    prompt: str, digits: int, check: Callable[[str], Checked]
) -> Generator[Question, Reply, Checked]:
    """What *check* made of the digits, which are not recorded; wrong ones are asked for again."""
    sorry = ""
    for _ in range(TRIES):
        question = record_call("stop") >> tts(sorry + prompt, terminators=BUT_POUND)
        found = yield from ask(question, max_digits=digits, timeout=10, pause=6, secret=check)
        if found and "wrong" not in found:
            return found
        sorry = found["wrong"] if found else ""
    return {"outcome": Payment.GIVEN_UP}
