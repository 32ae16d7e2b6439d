"""Ring the front desk during office hours; after hours, say when it reopens and take a message."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pivotkit import Call, Conversation, Flow, ask, conversation
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import DialedNumber, MailboxId, Text, UserId
from pivotkit.core.settings import from_environment
from pivotkit.core.speech import spoken
from pivotkit.kazoo import Action, hangup, tts, user, voicemail
from pivotkit.lookups.hours import OfficeHours, spoken_time
from pivotkit.phone.switches import Switch
from pivotkit.services.calendar_events import overlapping
from pivotkit.services.calendars import CalendarName, load, personal_calendar
from pivotkit.services.upstream import ServiceUrl, UpstreamDown

GOODBYE = tts("Goodbye.") >> hangup()
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()

CHOOSE_MODE = (
    "To open the office, press 1. To close it, press 2. To follow the regular hours, press 3."
)
MODES = {"1": "open", "2": "closed", "3": "on schedule"}
CONFIRMATIONS = {
    "open": "The office is now open.",
    "closed": "The office is now closed.",
    "on schedule": "The office now follows its regular hours.",
}


class Settings(NamedTuple):
    """The office, its front desk, and its voicemail box."""

    office: Text | None = None
    """name of the office whose hours apply; empty for the dialed number"""
    switch_number: DialedNumber = DialedNumber("*6051")
    """number that opens and closes the office by phone"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring while the office is open"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""
    calendar: Literal["none", "google", "microsoft365", "caldav"] = "none"
    """calendar whose events close the office, beside its hours"""
    calendar_url: ServiceUrl = ServiceUrl("https://calendar.example.com/v1")
    """base URL of the calendar's API; for `caldav` the URL of the calendar"""
    calendar_token: Secret = Secret()
    """refresh token for `google`; password for `caldav`"""
    calendar_name: CalendarName = CalendarName("primary")
    """ID of the calendar for `google`, or address of the mailbox for `microsoft365`"""
    calendar_login_url: ServiceUrl = ServiceUrl("https://login.example.com")
    """URL that issues access tokens at `/token`, for `google` and `microsoft365`"""
    calendar_client_id: Text | None = None
    """client ID for `google` and `microsoft365`; user for `caldav`"""
    calendar_client_secret: Secret = Secret()
    """client secret for `google` and `microsoft365`"""


hours = OfficeHours()
switch = Switch("office_hours")


def ring_front_desk(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return user(settings.front_desk, timeout=20) >> prompt >> voicemail(settings.voicemail_box)


@conversation(settings=Settings, by_number=True, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Conversation:
    if call.request == settings.switch_number:
        return (yield from set_mode_by_phone(call))
    mode = switch.read(call).get("mode")
    office = hours.status(call, settings.office or call.request, call.now)
    if mode == "closed":
        return closed(settings, office.holiday)
    if mode == "open":
        return ring_front_desk(settings)
    if not office.open:
        return closed(settings, office.holiday, reopening(office.opens, call.now))
    if settings.calendar != "none" and is_busy(settings, call.now):
        return closed(settings, None)
    return ring_front_desk(settings)


def is_busy(settings: Settings, now: datetime) -> bool:
    """Whether the calendar has an event now; a calendar that is down has none."""
    end = now + timedelta(minutes=1)
    try:
        return bool(overlapping(personal_calendar(settings).busy(now, end), now, end))
    except UpstreamDown:
        return False


def closed(settings: Settings, holiday: str | None, reopens: str = "") -> Flow:
    """Say that the office is closed, for which holiday if it is one, and take a message."""
    name = spoken(holiday or "")
    reason = f" for {name}" if name else ""
    prompt = tts(f"We're closed{reason}.{reopens} Please leave a message.")
    return prompt >> voicemail(settings.voicemail_box)


def reopening(opens: datetime | None, now: datetime) -> str:
    """Say when the office opens again, if that is known."""
    return f" We'll reopen {spoken_time(opens, now)}." if opens else ""


def set_mode_by_phone(call: Call) -> Conversation:
    """Ask for the PIN, then for the mode, and store it."""
    if not (yield from switch.unlocked(call)):
        return GOODBYE
    key = yield from ask(CHOOSE_MODE)
    if key not in MODES:
        return UNCHANGED
    mode = MODES[key]
    switch.set(call, mode=mode)
    return tts(f"{CONFIRMATIONS[mode]} Goodbye.") >> hangup()


if (chosen := from_environment(Settings).calendar) != "none":
    load(chosen)  # now, not while a caller waits
