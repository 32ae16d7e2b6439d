"""Ask callers for their name, and the callee whether to take the call."""

from door import ACCEPTED, REFUSED, RINGBACK, Door
from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.kazoo import hangup, record_caller, tts, voicemail
from pivotkit.services.upstream import Upstream
from quickcall import QuickCall
from visitor import Visitor

CALLEE = setting("CALLEE", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
INSIDE_NUMBER = setting("INSIDE_NUMBER", "6069")
RINGS = setting("RINGS", 5)
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
RECORDING_URL = setting("RECORDING_URL", "")

TAKE_MESSAGE = tts("No one is available right now. Please leave a message.") >> MAILBOX
SAY_NAME = tts("Please say your name, then press any key.")
CALLER_HUNG_UP = tts("The caller has hung up. Goodbye.") >> hangup()
GOODBYE = tts("Goodbye.") >> hangup()

kazoo = Upstream("KAZOO_URL", "https://kazoo.example.com/v2")
door = Door(QuickCall(kazoo, CALLEE, INSIDE_NUMBER), RECORDING_URL)


@conversation(fallback=TAKE_MESSAGE)
def handler(call: Call) -> Conversation:
    if call.request == INSIDE_NUMBER:
        return (yield from ask_callee(call))
    return (yield from hold_caller(call))


def hold_caller(call: Call) -> Conversation:
    """Ring the callee, and let the caller hear the ringing until the callee answers the door."""
    if RECORDING_URL:
        yield from ask(SAY_NAME >> record_caller(RECORDING_URL, time_limit=10), timeout=1)
    visitor = door.visitor(call)
    call.once("rung", bool, lambda: door.ring_callee(call, visitor, RINGS))
    for ring in range(RINGS):
        yield from ask(RINGBACK, timeout=1)
        answer = call.once(f"answer {ring}", str, lambda: door.answer_for(call, visitor))
        if answer:
            return visitor.room if answer == ACCEPTED else TAKE_MESSAGE
    return TAKE_MESSAGE


def ask_callee(call: Call) -> Conversation:
    """Announce the caller to the callee, who takes the call by pressing 1."""
    visitor = call.once("visitor", Visitor, lambda: door.waiting_visitor(call))
    if not visitor.visit:
        return CALLER_HUNG_UP
    key = yield from ask(visitor.announcement)
    if key != "1":
        door.store_answer(call, visitor, REFUSED)
        return GOODBYE
    door.store_answer(call, visitor, ACCEPTED)
    return visitor.room
