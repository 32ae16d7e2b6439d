"""Tell customers their balance behind a PIN, then offer to connect them."""

from functools import partial

from customers import Customer, Customers
from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.core.speech import money
from pivotkit.kazoo import hangup, tts, user

FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
CONNECT = (
    user(FRONT_DESK, timeout=20)
    >> tts("No one is available right now. Please try again later.")
    >> hangup()
)
GOODBYE = tts("Goodbye.") >> hangup()

customers = Customers(tries=5, seconds=15 * 60)


@conversation(fallback=CONNECT)
def handler(call: Call) -> Conversation:
    customer = call.once("caller", Customer, lambda: customers.calling_from(call.caller.number))
    if not customer.account:
        account = yield from ask(
            "Please enter your account number, followed by the pound key.", max_digits=8
        )
        if account is None:
            return GOODBYE
        customer = call.once("customer", Customer, lambda: customers.find(account))

    sorry = ""
    for attempt in range(3):
        check = partial(customers.accepts, customer, call, attempt)
        if (yield from ask(f"{sorry}Please enter your PIN.", max_digits=4, secret=check)):
            break
        sorry = "Sorry, that's not correct. "
    else:
        return GOODBYE

    balance = f"Your balance is {money(customer.balance)}."
    choice = yield from ask(f"{balance} To talk to us, press 1.")
    return CONNECT if choice == "1" else GOODBYE
