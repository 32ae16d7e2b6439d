"""Hold a conference in TwiML that a moderator with a PIN starts, and ends by leaving."""

from typing import NamedTuple

from pivotkit import Call, Conversation, ask, conversation
from pivotkit.core.setting_types import RoomName
from pivotkit.phone.pins import ask_pin
from pivotkit.phone.shared_pins import SharedPins
from pivotkit.twiml import Conference, Dial, Hangup, Response, Say

WELCOME = "Welcome to the conference. To join, press 1. To join as the moderator, press 2."
GOODBYE = Response(Say("Goodbye."), Hangup())
UNAVAILABLE = Response(
    Say("Sorry, something went wrong. Please try again later. Goodbye."), Hangup()
)

moderators = SharedPins("conference", tries=5, seconds=15 * 60)


class Settings(NamedTuple):
    """The room."""

    room: RoomName = RoomName("weekly")
    """name of the room, and key of its PIN"""


@conversation(settings=Settings, language="twiml", fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Conversation:
    role = yield from ask(WELCOME)
    if role == "1":
        return join_as_member(room_of(call, settings))
    if role == "2" and (yield from ask_pin(call, moderators, settings.room)):
        return join_as_moderator(room_of(call, settings))
    return GOODBYE


def join_as_member(room: str) -> Response:
    """Join a member, who waits until the moderator starts the conference."""
    conference = Conference(room, start_conference_on_enter=False, end_conference_on_exit=False)
    return Response(Say("Please wait for the moderator."), Dial(conference))


def join_as_moderator(room: str) -> Response:
    """Join the moderator, whose coming and going start and end the conference."""
    conference = Conference(room, start_conference_on_enter=True, end_conference_on_exit=True)
    return Response(Say("You're joining as the moderator."), Dial(conference))


def room_of(call: Call, settings: Settings) -> str:
    """The name of the account's own room: KAZOO shares names between accounts."""
    return f"{settings.room} of {call.account_id}"
