"""Take a card payment by phone; the card's digits are not recorded, stored or logged."""

from typing import Any, NamedTuple

from card_terminal import CardTerminal, Payment
from pivotkit import Call, Conversation, Directory, ask, conversation
from pivotkit.core.secret import Secret
from pivotkit.core.speech import money
from pivotkit.kazoo import Action, hangup, noop, record_call, tts
from pivotkit.services.upstream import ServiceUrl, Upstream

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

invoices = Directory("invoice")


class Settings(NamedTuple):
    """The payment service, and whether the rest of the call is recorded."""

    recorded: bool = True
    """whether to record the call before and after the card is asked for"""
    payments_url: ServiceUrl = ServiceUrl("https://payments.example.com/v1")
    """base URL of the payment service"""
    payments_token: Secret = Secret()
    """bearer token for the payment service, if it needs one"""


@conversation(settings=Settings, fallback=tts(BROKEN) >> hangup())
def handler(call: Call, settings: Settings) -> Conversation:
    recording = start_recording(settings)
    number = yield from ask(recording >> tts(WELCOME), max_digits=8, pause=4)
    invoice = call.once("invoice", dict, lambda: find_invoice(call, number))
    due = invoice["cents"]
    if not due:
        return tts(NO_INVOICE) >> hangup()
    key = yield from ask(f"The amount due is {money(due)}. To pay by card, press 1.")
    if key != "1":
        return tts(ENDINGS[Payment.GIVEN_UP]) >> hangup()
    payment = yield from terminal(settings).charge(call, due)
    if payment is Payment.APPROVED:
        invoices.of(call).put(str(number), invoice | {"cents": 0, "paid": due})
    return recording >> tts(ENDINGS[payment]) >> hangup()


def start_recording(settings: Settings) -> Action:
    return record_call("start") if settings.recorded else noop()


def find_invoice(call: Call, number: str | None) -> dict[str, Any]:
    return invoices.of(call).get(number or "") or {"cents": 0}


def terminal(settings: Settings) -> CardTerminal:
    service = Upstream.at("payments", settings.payments_url, token=settings.payments_token)
    return CardTerminal(service)
