"""Take a card payment by phone; the card's digits are not recorded, stored or logged."""

from typing import Any

from card_terminal import CardTerminal, Payment
from pivotkit import Call, Conversation, Directory, ask, choice, conversation, setting
from pivotkit.core.speech import money
from pivotkit.kazoo import hangup, noop, record_call, tts
from pivotkit.services.upstream import Upstream

RECORDED = choice("RECORDED", "yes", "yes", "no")
PAYMENTS_TOKEN = setting("PAYMENTS_TOKEN", "")

WELCOME = (
    "Your card details are never recorded. "
    "Please enter your invoice number, followed by the pound key."
)
NO_INVOICE = "Sorry, we couldn't find an open invoice with that number. Goodbye."
ENDINGS = {
    Payment.APPROVED: "Thank you. Your payment has been accepted. Goodbye.",
    Payment.DECLINED: "Sorry, your card was declined. Nothing was charged. Goodbye.",
    Payment.GIVEN_UP: "Nothing was charged. Goodbye.",
    Payment.DOWN: "Sorry, we can't take payments right now. Nothing was charged. Goodbye.",
    Payment.UNCLEAR: (
        "Sorry, we can't tell whether your card was charged. "
        "Please contact us before you pay again. Goodbye."
    ),
}
BROKEN = (
    "Sorry, something went wrong. "
    "If you've entered a card, please contact us before you pay again. Goodbye."
)
START_RECORDING = record_call("start") if RECORDED == "yes" else noop()

payments = Upstream("PAYMENTS_URL", "https://payments.example.com/v1", token=PAYMENTS_TOKEN)
terminal = CardTerminal(payments)
invoices = Directory("invoice")


@conversation(fallback=tts(BROKEN) >> hangup())
def handler(call: Call) -> Conversation:
    number = yield from ask(START_RECORDING >> tts(WELCOME), max_digits=8, pause=4)
    invoice = call.once("invoice", dict, lambda: find_invoice(call, number))
    due = invoice["cents"]
    if not due:
        return tts(NO_INVOICE) >> hangup()
    key = yield from ask(f"The amount due is {money(due)}. To pay by card, press 1.")
    if key != "1":
        return tts(ENDINGS[Payment.GIVEN_UP]) >> hangup()
    payment = yield from terminal.charge(call, due)
    if payment is Payment.APPROVED:
        invoices.of(call).put(str(number), invoice | {"cents": 0, "paid": due})
    return START_RECORDING >> tts(ENDINGS[payment]) >> hangup()


def find_invoice(call: Call, number: str | None) -> dict[str, Any]:
    return invoices.of(call).get(number or "") or {"cents": 0}
