"""Tell callers their account balance behind a PIN, then offer to connect them."""

from typing import NamedTuple

from customers import Customer, Customers
from pivotkit import Call, Conversation, ask, conversation
from pivotkit.core.setting_types import UserId
from pivotkit.core.speech import money
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.pins import ask_pin

NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
GOODBYE = tts("Goodbye.") >> hangup()

customers = Customers(pin_tries=5, seconds=15 * 60)


class Settings(NamedTuple):
    """The user who takes the calls of customers."""

    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for callers who press 1"""


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


@conversation(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Conversation:
    customer = call.once("caller", Customer, lambda: customers.calling_from(call))
    if not customer.account:
        account = yield from ask(
            "Please enter your account number, followed by the pound key.", max_digits=8
        )
        if account is None:
            return GOODBYE
        customer = call.once("customer", Customer, lambda: customers.find(call, account))

    if not (yield from ask_pin(call, customers.pins, customer.account, max_digits=4)):
        return GOODBYE

    balance = money(customer.balance)
    key = yield from ask(f"Your balance is {balance}. To speak with someone, press 1.")
    return ring_front_desk(settings) if key == "1" else GOODBYE
