"""Tell callers their place in the queue, and offer to hold it and call them back."""

from functools import partial
from typing import NamedTuple

from pivotkit import Call, Conversation, ask, conversation
from pivotkit.core.setting_types import Hours, QueueId, Whole
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, acdc_member, hangup, tts
from pivotkit.lookups.callbacks import Callbacks, Place, we_call
from pivotkit.phone.calling_card import ask_number
from pivotkit.phone.dialing import DialPolicy, DialTarget, dial_policy
from pivotkit.phone.numbers import Country, Destinations

GOODBYE = tts("Goodbye.") >> hangup()
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The queue, its callbacks, and the numbers that may be called back."""

    queue: QueueId = QueueId("e9d8c7b6a5f4038271605f4e3d2c1b0a")
    """ID of the ACDc queue in which callers wait"""
    most_callbacks: Whole = Whole(100)
    """entries after which no more callbacks are offered, and callers wait in the queue"""
    keep_hours: Hours = Hours(12)
    """hours after which an unhandled entry is deleted"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that may be called back, as in `US CA +4420`"""


def callbacks(settings: Settings) -> Callbacks:
    return Callbacks(settings.queue, settings.home_country, hours=settings.keep_hours)


def policy(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


def wait_in_queue(settings: Settings) -> Action:
    return acdc_member(settings.queue) >> NO_ONE_AVAILABLE


@conversation(settings=Settings, by_number=True, fallback=wait_in_queue)
def handler(call: Call, settings: Settings) -> Conversation:
    place = call.once("place", Place, partial(callbacks(settings).place, call))
    if place.number:
        return (yield from confirm_callback(call, place, settings))
    if place.before >= settings.most_callbacks:
        return wait_in_queue(settings)
    return (yield from offer_callback(call, place, settings))


def confirm_callback(call: Call, place: Place, settings: Settings) -> Conversation:
    """Confirm the callback of a caller who is on the list, and cancel it on request."""
    status = f"Welcome back. {place.said} {we_call(place.number)}"
    key = yield from ask(f"{status} To cancel your callback, press 9.")
    if key != "9":
        return GOODBYE
    callbacks(settings).cancel(call, place.number)
    return tts("Your callback has been canceled.") >> GOODBYE


def offer_callback(call: Call, place: Place, settings: Settings) -> Conversation:
    """Offer a callback; callers who do not want one wait in the queue."""
    choices = "To keep your place and be called back, press 1. To wait, stay on the line."
    key = yield from ask(f"{place.said} {choices}")
    if key != "1":
        return wait_in_queue(settings)
    caller_number = policy(settings).find(call.caller.number)
    if caller_number is None:
        return (yield from use_entered_number(call, settings))
    return (yield from use_caller_number(call, caller_number, settings))


def use_caller_number(call: Call, caller_number: DialTarget, settings: Settings) -> Conversation:
    """Keep the place at once, so that the caller may hang up, and offer to change the number."""
    call.once("kept", bool, partial(callbacks(settings).keep, call, caller_number))
    key = yield from ask(f"{we_call(caller_number)} To use a different number, press 2.")
    if key != "2":
        return GOODBYE
    return (yield from use_entered_number(call, settings, kept_number=caller_number))


def use_entered_number(
    call: Call, settings: Settings, kept_number: DialTarget | None = None
) -> Conversation:
    """Keep the place for a number that the caller enters, in place of *kept_number*."""
    entered_number, apology = yield from ask_number(
        policy(settings), "Please enter the number to call back, followed by the pound key."
    )
    if entered_number:
        callbacks(settings).keep(call, entered_number, instead_of=kept_number)
    number = entered_number or kept_number
    if number is None:
        return tts(f"{apology}Please hold.") >> wait_in_queue(settings)
    return tts(f"{apology}{we_call(number)}") >> GOODBYE


policy(from_environment(Settings))  # loads numbering plans now, not while a caller waits
