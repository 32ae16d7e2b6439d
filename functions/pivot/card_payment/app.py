"""Take a payment by card: its digits are not recorded, not kept and not logged."""

from cards import CardTerminal, Payment
from pivotkit import Call, Conversation, Directory, ask, choice, conversation, setting
from pivotkit.core.speech import money
from pivotkit.kazoo import hangup, noop, record_call, tts
from pivotkit.services.upstream import Upstream

RECORD = record_call("start") if choice("RECORDED", "yes", "yes", "no") == "yes" else noop()
WELCOME = "Please enter the number of your invoice, followed by the pound key. Your card is never recorded."
NOTHING = "There is nothing to pay for that number. Goodbye."
ENDINGS = {
    Payment.APPROVED: "Thank you. Your payment was accepted. Goodbye.",
    Payment.DECLINED: "Sorry, your card was declined. You were not charged. Goodbye.",
    Payment.GIVEN_UP: "You were not charged. Goodbye.",
    Payment.DOWN: "Sorry, we cannot take payments right now. You were not charged. Goodbye.",
    Payment.UNCLEAR: "Sorry, we do not know whether you were charged. Please ask us. Goodbye.",
}
BROKEN = "Sorry, something went wrong. If you have entered your card, please ask us. Goodbye."

payments = Upstream(
    "PAYMENTS_URL", "https://payments.example.com/v1", token=setting("PAYMENTS_TOKEN", "")
)
terminal = CardTerminal(payments)
invoices = Directory("invoice")


@conversation(fallback=tts(BROKEN) >> hangup())
def handler(call: Call) -> Conversation:
    number = yield from ask(RECORD >> tts(WELCOME), max_digits=8, pause=4)
    invoice = call.once("invoice", dict, lambda: invoices.get(number or "") or {"cents": 0})
    if not invoice["cents"]:
        return tts(NOTHING) >> hangup()
    pays = yield from ask(f"You owe {money(invoice['cents'])}. To pay by card, press 1.")
    if pays != "1":
        return tts(ENDINGS[Payment.GIVEN_UP]) >> hangup()
    payment = yield from terminal.charge(call, invoice["cents"])
    if payment is Payment.APPROVED:
        invoices.put(str(number), invoice | {"cents": 0, "paid": invoice["cents"]})
    return RECORD >> tts(ENDINGS[payment]) >> hangup()
