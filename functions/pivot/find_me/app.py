"""Look for a person: ring their phones one after the other, then take a message."""

from pivotkit import Call, Directory, Flow, pivot, setting
from pivotkit.kazoo import Action, device, tts, user, voicemail
from pivotkit.phone.ringing import Member, members

PLACES = setting(
    "PLACES",
    "user:b2c0a4e1d3f5968778695a4b3c2d1e0f device:d4e2c6a3f5b7189a90817c6d5e4f3a2b",
)
RING_SECONDS = setting("RING_SECONDS", 15)
VOICEMAIL_BOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

ONE_MOMENT = tts("One moment, please.")
NO_ONE_AVAILABLE = tts("No one is available right now. Please leave a message.")

people = Directory("find_me")


@pivot(fallback=NO_ONE_AVAILABLE >> voicemail(VOICEMAIL_BOX))
def handler(call: Call) -> Flow:
    person = people.of(call).get(call.request) or {}
    places = members(str(person.get("places", PLACES)))
    mailbox = voicemail(str(person.get("mailbox", VOICEMAIL_BOX)))
    search = ring(places[0])
    for place in places[1:]:
        search = search >> ONE_MOMENT >> ring(place)
    return search >> NO_ONE_AVAILABLE >> mailbox


def ring(place: Member) -> Action:
    """Ring one place, a user or a device."""
    kind = user if place["endpoint_type"] == "user" else device
    return kind(str(place["id"]), timeout=RING_SECONDS)
