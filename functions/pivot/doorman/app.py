"""Ask callers for their name, and the callee whether to take the call."""

from typing import NamedTuple

from door import ACCEPTED, REFUSED, RINGBACK, Door
from pivotkit import Call, Conversation, ask, conversation
from pivotkit.core.setting_types import Count, DialedNumber, MailboxId, Url, UserId
from pivotkit.kazoo import Action, hangup, record_caller, tts, voicemail
from pivotkit.services.upstream import ServiceUrl, Upstream
from quickcall import QuickCall
from visitor import Visitor

SAY_NAME = tts("Please say your name, then press any key.")
CALLER_HUNG_UP = tts("The caller has hung up. Goodbye.") >> hangup()
GOODBYE = tts("Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The callee, how the callee is reached, and the voicemail box."""

    callee: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who is called, 32 characters"""
    inside_number: DialedNumber = DialedNumber("6069")
    """number that the callee is connected to after answering; it also leads here"""
    rings: Count = Count(5)
    """rings before the caller leaves a message; each takes seven seconds"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""
    kazoo_url: ServiceUrl = ServiceUrl("https://kazoo.example.com/v2")
    """base URL of KAZOO's API"""
    recording_url: Url | None = None
    """where KAZOO stores and reads the spoken names, such as
    `https://recordings.example.com/names`; empty for no recordings"""


def take_message(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


@conversation(settings=Settings, by_number=True, fallback=take_message)
def handler(call: Call, settings: Settings) -> Conversation:
    if call.request == settings.inside_number:
        return (yield from ask_callee(call, door_of(settings)))
    return (yield from hold_caller(call, settings))


def hold_caller(call: Call, settings: Settings) -> Conversation:
    """Ring the callee, and let the caller hear the ringing until the callee answers the door."""
    if settings.recording_url:
        yield from ask(SAY_NAME >> record_caller(settings.recording_url, time_limit=10), timeout=1)
    door = door_of(settings)
    visitor = door.visitor(call)
    call.once("rung", bool, lambda: door.ring_callee(call, visitor, settings.rings))
    for ring in range(settings.rings):
        yield from ask(RINGBACK, timeout=1)
        answer = call.once(f"answer {ring}", str, lambda: door.answer_for(call, visitor))
        if answer:
            return visitor.room if answer == ACCEPTED else take_message(settings)
    return take_message(settings)


def ask_callee(call: Call, door: Door) -> Conversation:
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


def door_of(settings: Settings) -> Door:
    kazoo = Upstream.at("kazoo", settings.kazoo_url)
    bell = QuickCall(kazoo, settings.callee, settings.inside_number)
    return Door(bell, settings.recording_url or "")
