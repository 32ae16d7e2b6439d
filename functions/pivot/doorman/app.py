"""Ask callers for their name, and who is called whether to take the call."""

from door import RINGBACK, Door, Visitor
from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.kazoo import hangup, record_caller, tts, voicemail
from pivotkit.services.upstream import Upstream
from quickcall import QuickCall

CALLEE = setting("CALLEE", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
INSIDE_NUMBER = setting("INSIDE_NUMBER", "6069")
RINGS = setting("RINGS", 5)
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
MESSAGE = tts("Your call cannot be taken now. Please leave a message.") >> MAILBOX
NAME = tts("Please say your name, and press any key.")
kazoo = Upstream("KAZOO_URL", "https://kazoo.example.com/v2")
door = Door(QuickCall(kazoo, CALLEE, INSIDE_NUMBER), setting("RECORDING_URL", ""))


@conversation(fallback=MESSAGE)
def handler(call: Call) -> Conversation:
    if call.request == INSIDE_NUMBER:
        return (yield from inside(call))
    if door.recordings:
        yield from ask(NAME >> record_caller(door.recordings, time_limit=10), timeout=1)
    visitor = door.visitor(call)
    call.once("rung", bool, lambda: door.rings(call, visitor, RINGS))
    for ring in range(RINGS):
        yield from ask(RINGBACK, timeout=1)
        if answer := call.once(f"answer {ring}", str, lambda: door.waits(visitor)):
            return visitor.room if answer == "accepted" else MESSAGE
    return MESSAGE


def inside(call: Call) -> Conversation:
    visitor = call.once("visitor", Visitor, door.waiting)
    if not visitor.visit:
        return tts("Your visitor has left. Goodbye.") >> hangup()
    accepted = (yield from ask(visitor.announcement)) == "1"
    door.answer(visitor, "accepted" if accepted else "refused")
    return visitor.room if accepted else tts("Goodbye.") >> hangup()
