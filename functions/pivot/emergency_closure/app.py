"""Tell every caller that the office is closed, and why, once staff have closed it by phone."""

from typing import NamedTuple

from pivotkit import Call, Conversation, ask, conversation
from pivotkit.core.setting_types import DialedNumber, MailboxId, UserId
from pivotkit.core.speech import spoken
from pivotkit.kazoo import Action, hangup, tts, user, voicemail
from pivotkit.phone.switches import Switch

GOODBYE = tts("Goodbye.") >> hangup()
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()

CHOOSE_REASON = (
    "To close because of the weather, press 1. To close because of a power outage, press 2. "
    "To reopen, press 0."
)
REASONS = {
    "1": "because of the weather",
    "2": "because of a power outage",
    "0": "",
}

closure = Switch("emergency_closure")


class Settings(NamedTuple):
    """The number of the switch, and where callers are connected while the office is open."""

    switch_number: DialedNumber = DialedNumber("*6063")
    """number that opens and closes the office by phone"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring while the office is open"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def ring_front_desk(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return user(settings.front_desk, timeout=20) >> prompt >> voicemail(settings.voicemail_box)


@conversation(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Conversation:
    if call.request == settings.switch_number:
        return (yield from set_closure_by_phone(call))
    reason = spoken(str(closure.read(call).get("reason", "")))
    if not reason:
        return ring_front_desk(settings)
    return tts(f"We're closed {reason}. Please call back another day. Goodbye.") >> hangup()


def set_closure_by_phone(call: Call) -> Conversation:
    """Ask for the PIN, then for the reason, and store it; an empty reason reopens the office."""
    if not (yield from closure.unlocked(call)):
        return GOODBYE
    key = yield from ask(CHOOSE_REASON)
    if key not in REASONS:
        return UNCHANGED
    reason = REASONS[key]
    closure.set(call, reason=reason)
    state = f"closed {reason}" if reason else "open"
    return tts(f"The office is now {state}. Goodbye.") >> hangup()
