"""Ring the front desk in opening hours; outside them tell when it opens, and take a message."""

from pivotkit import Call, Conversation, ask, conversation, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import hangup, tts, user, voicemail
from pivotkit.lookups.hours import OfficeHours, spoken_time
from pivotkit.phone.switches import Switch

OFFICE = setting("OFFICE", "")
SWITCH_NUMBER = setting("SWITCH_NUMBER", "*6051")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
OPEN = (
    user(FRONT_DESK, timeout=20)
    >> tts("No one is available right now. Please leave a message.")
    >> MAILBOX
)
MODES = {"1": "open", "2": "closed", "3": "on schedule"}

hours, night = OfficeHours(), Switch("office_hours")


@conversation(fallback=OPEN)
def handler(call: Call) -> Conversation:
    if call.request == SWITCH_NUMBER:
        return (yield from switched_by_phone(call))
    mode = night.read().get("mode")
    office = hours.status(OFFICE or call.request, call.now)
    if mode == "open" or (mode != "closed" and office.open):
        return OPEN
    reason = f" for {spoken(office.holiday)}" if office.holiday else ""
    opens = office.opens if mode != "closed" else None
    again = f" We open {spoken_time(opens, call.now)}." if opens else ""
    return tts(f"We are closed{reason}.{again} Please leave a message.") >> MAILBOX


def switched_by_phone(call: Call) -> Conversation:
    if not (yield from night.unlocked(call)):
        return tts("Goodbye.") >> hangup()
    mode = MODES.get((yield from ask("Press 1 to open, 2 to close, 3 to follow the hours.")) or "")
    if not mode:
        return tts("Nothing is changed. Goodbye.") >> hangup()
    night.set(mode=mode)
    return tts(f"The office is {mode} from now on. Goodbye.") >> hangup()
