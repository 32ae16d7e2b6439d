"""Tell callers their place in the queue, and offer to hold it and call them back."""

from functools import partial

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.kazoo import acdc_member, hangup, tts
from pivotkit.lookups.callbacks import Callbacks, Place, we_call
from pivotkit.phone.calling_card import ask_number
from pivotkit.phone.dialing import DialPolicy, DialTarget
from pivotkit.phone.numbers import home_country

QUEUE = setting("QUEUE", "e9d8c7b6a5f4038271605f4e3d2c1b0a")
MOST_CALLBACKS = setting("MOST_CALLBACKS", 100)
KEEP_HOURS = setting("KEEP_HOURS", 12)
HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
ALLOWED_DESTINATIONS = setting("ALLOWED_DESTINATIONS", "US CA")

GOODBYE = tts("Goodbye.") >> hangup()
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)
WAIT_IN_QUEUE = acdc_member(QUEUE) >> NO_ONE_AVAILABLE

callbacks = Callbacks(QUEUE, HOME_COUNTRY, hours=KEEP_HOURS)
policy = DialPolicy(HOME_COUNTRY, ALLOWED_DESTINATIONS)


@conversation(fallback=WAIT_IN_QUEUE)
def handler(call: Call) -> Conversation:
    place = call.once("place", Place, partial(callbacks.place, call))
    if place.number:
        return (yield from confirm_callback(call, place))
    if place.before >= MOST_CALLBACKS:
        return WAIT_IN_QUEUE
    return (yield from offer_callback(call, place))


def confirm_callback(call: Call, place: Place) -> Conversation:
    """Confirm the callback of a caller who is on the list, and cancel it on request."""
    status = f"Welcome back. {place.said} {we_call(place.number)}"
    key = yield from ask(f"{status} To cancel your callback, press 9.")
    if key != "9":
        return GOODBYE
    callbacks.cancel(call, place.number)
    return tts("Your callback has been canceled.") >> GOODBYE


def offer_callback(call: Call, place: Place) -> Conversation:
    """Offer a callback; callers who do not want one wait in the queue."""
    choices = "To keep your place and be called back, press 1. To wait, stay on the line."
    key = yield from ask(f"{place.said} {choices}")
    if key != "1":
        return WAIT_IN_QUEUE
    caller_number = policy.find(call.caller.number)
    if caller_number is None:
        return (yield from use_entered_number(call))
    return (yield from use_caller_number(call, caller_number))


def use_caller_number(call: Call, caller_number: DialTarget) -> Conversation:
    """Keep the place at once, so that the caller may hang up, and offer to change the number."""
    call.once("kept", bool, partial(callbacks.keep, call, caller_number))
    key = yield from ask(f"{we_call(caller_number)} To use a different number, press 2.")
    if key != "2":
        return GOODBYE
    return (yield from use_entered_number(call, kept_number=caller_number))


def use_entered_number(call: Call, kept_number: DialTarget | None = None) -> Conversation:
    """Keep the place for a number that the caller enters, in place of *kept_number*."""
    entered_number, apology = yield from ask_number(
        policy, "Please enter the number to call back, followed by the pound key."
    )
    if entered_number:
        callbacks.keep(call, entered_number, instead_of=kept_number)
    number = entered_number or kept_number
    if number is None:
        return tts(f"{apology}Please hold.") >> WAIT_IN_QUEUE
    return tts(f"{apology}{we_call(number)}") >> GOODBYE
