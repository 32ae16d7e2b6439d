"""A conference in TwiML: members wait for the moderator, who has a PIN and ends it by leaving."""

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.phone.pins import ask_pin
from pivotkit.phone.shared_pins import SharedPins
from pivotkit.twiml import Conference, Dial, Hangup, Response, Say

ROOM = setting("ROOM", "weekly")
WELCOME = "Welcome to the conference. To join, press 1. If you are the moderator, press 2."
GOODBYE = Response(Say("Goodbye."), Hangup())

moderators = SharedPins("conference", tries=5, seconds=15 * 60)


@conversation(language="twiml", fallback=Response(Say("Please try again later."), Hangup()))
def handler(call: Call) -> Conversation:
    room = f"{ROOM} of {call.account_id}"  # KAZOO shares names between accounts
    role = yield from ask(WELCOME)
    if role == "1":
        member = Conference(room, start_conference_on_enter=False, end_conference_on_exit=False)
        return Response(Say("Please wait for the moderator."), Dial(member))
    if role == "2" and (yield from ask_pin(call, moderators, ROOM)):
        moderator = Conference(room, start_conference_on_enter=True, end_conference_on_exit=True)
        return Response(Say("You are the moderator."), Dial(moderator))
    return GOODBYE
