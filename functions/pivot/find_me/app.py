"""Look for a person: ring their phones one after the other, then take a message."""

from typing import NamedTuple

from pivotkit import Call, Directory, Flow, pivot
from pivotkit.core.setting_types import MailboxId, Seconds
from pivotkit.kazoo import Action, device, tts, user, voicemail
from pivotkit.phone.ringing import Member, Members, members, ring_members

ONE_MOMENT = tts("One moment, please.")
NO_ONE_AVAILABLE = tts("No one is available right now. Please leave a message.")

people = Directory("find_me")


class Settings(NamedTuple):
    """The places to ring for people without an entry, and for how long."""

    places: Members = Members(
        "user:b2c0a4e1d3f5968778695a4b3c2d1e0f device:d4e2c6a3f5b7189a90817c6d5e4f3a2b"
    )
    """where to look for people without an entry, in this order: `user:ID`, `device:ID` and
    `group:ID`, separated by spaces"""
    ring_seconds: Seconds = Seconds(15)
    """how long each place is rung, in seconds"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box for people without an entry, 32 characters"""


def take_message(settings: Settings) -> Action:
    return NO_ONE_AVAILABLE >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=take_message)
def handler(call: Call, settings: Settings) -> Flow:
    person = people.of(call).get(call.request) or {}
    first, *others = members(str(person.get("places", settings.places)))
    mailbox = voicemail(str(person.get("mailbox", settings.voicemail_box)))
    search = ring(first, settings.ring_seconds)
    for place in others:
        search = search >> ONE_MOMENT >> ring(place, settings.ring_seconds)
    return search >> NO_ONE_AVAILABLE >> mailbox


def ring(place: Member, seconds: int) -> Action:
    """Ring one place: a user, a device, or a group."""
    place_id = str(place["id"])
    match place["endpoint_type"]:
        case "user":
            return user(place_id, timeout=seconds)
        case "device":
            return device(place_id, timeout=seconds)
        case _:
            return ring_members([place], "simultaneous", seconds)
