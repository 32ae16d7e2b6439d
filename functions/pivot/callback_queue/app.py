"""Let a caller keep her place in a queue and hang up: she is called back."""

from functools import partial

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.kazoo import acdc_member, hangup, tts
from pivotkit.lookups.callbacks import Callbacks, Place, we_call
from pivotkit.phone.calling_card import ask_number
from pivotkit.phone.dialing import DialPolicy

QUEUE, MOST = setting("QUEUE", "e9d8c7b6a5f4038271605f4e3d2c1b0a"), setting("MOST_CALLBACKS", 100)
WAIT = (
    acdc_member(QUEUE)
    >> tts("No one is available right now. Please try again later. Goodbye.")
    >> hangup()
)
GOODBYE = tts("Goodbye.") >> hangup()

policy = DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA"))
callbacks = Callbacks(QUEUE, hours=setting("KEEP_HOURS", 12))


@conversation(fallback=WAIT)
def handler(call: Call) -> Conversation:
    place = call.once("place", Place, partial(callbacks.place, call.caller.number))
    if place.number:
        again = f"Welcome back. {place.said} {we_call(place.number)}"
        if (yield from ask(f"{again} To be taken off the list, press 9.")) != "9":
            return GOODBYE
        callbacks.cancel(place.number)
        return tts("You are off the list.") >> GOODBYE
    choice = f"{place.said} To be called back, press 1. To wait, stay on the line."
    if place.before >= MOST or (yield from ask(choice)) != "1":
        return WAIT
    if own := policy.find(call.caller.number):
        call.once("kept", bool, partial(callbacks.keep, call, own))
        if (yield from ask(f"{we_call(own)} For another number, press 2.")) != "2":
            return GOODBYE
    other, sorry = yield from ask_number(
        policy, "Please enter the number, followed by the pound key."
    )
    if other:
        callbacks.keep(call, other, instead_of=own)
    if number := other or own:
        return tts(f"{sorry}{we_call(number)}") >> GOODBYE
    return tts(f"{sorry}Please hold.") >> WAIT
