"""Look for somebody: ring her places one after the other, and then take a message."""

from pivotkit import Call, Directory, Flow, pivot, setting
from pivotkit.kazoo import Action, device, tts, user, voicemail
from pivotkit.phone.ringing import Member, members

PLACES = setting(
    "PLACES",
    "user:b2c0a4e1d3f5968778695a4b3c2d1e0f device:d4e2c6a3f5b7189a90817c6d5e4f3a2b",
)
SECONDS = setting("RING_SECONDS", 15)
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")
NOBODY = tts("Nobody could be reached. Please leave a message.")

people = Directory("find_me")


def ring(place: Member) -> Action:
    kind = user if place["endpoint_type"] == "user" else device
    return kind(str(place["id"]), timeout=SECONDS)


@pivot(fallback=NOBODY >> voicemail(MAILBOX))
def handler(call: Call) -> Flow:
    person = people.get(call.request) or {}
    first, *others = members(str(person.get("places", PLACES)))
    search = ring(first)
    for place in others:
        search = search >> tts("One moment, please.") >> ring(place)
    return search >> NOBODY >> voicemail(str(person.get("mailbox", MAILBOX)))
