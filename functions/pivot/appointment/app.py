"""Let callers confirm, reschedule or cancel their next appointment, or make one."""

from datetime import timedelta
from functools import partial
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from agenda import Agenda, Workday
from appointments import Appointment, Calendar, CalendarService, Change, day_and_time
from pivotkit import Call, Conversation, Flow, conversation
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Hours, Minutes, Text, UserId, Words
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.phone.numbers import Country
from pivotkit.services.calendars import CalendarName, TimeZone, load, personal_calendar
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown
from questions import CONFIRM, ask_change, ask_first_time

CALENDAR_DOWN = "Sorry, I can't reach our calendar right now. Please hold while I connect you."
NO_APPOINTMENT = (
    "I couldn't find an appointment for your phone number. Please hold while I connect you."
)
HOLD = "Please hold while I connect you."
REFUSED = "Sorry, that's no longer possible. Please hold while I connect you."
UNCHANGED = tts("Your appointment is unchanged. Goodbye.") >> hangup()
CONFIRMED = tts("Thank you. Your appointment is confirmed. Goodbye.") >> hangup()
CANCELED = tts("Thank you. Your appointment has been canceled. Goodbye.") >> hangup()
NO_ONE_AVAILABLE = (
    tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The calendar, and the user who takes calls that cannot be handled here."""

    calendar: Literal["api", "google", "microsoft365", "caldav"] = "api"
    """the calendar: `api` for a service of your own, or a product"""
    calendar_url: ServiceUrl = ServiceUrl("https://calendar.example.com/v1")
    """base URL of the calendar's API; for `caldav` the URL of the calendar"""
    calendar_token: Secret = Secret()
    """bearer token for `api`, if it needs one; refresh token for `google`; password for `caldav`"""
    calendar_name: CalendarName = CalendarName("primary")
    """ID of the calendar for `google`, or address of the mailbox for `microsoft365`"""
    calendar_login_url: ServiceUrl = ServiceUrl("https://login.example.com")
    """URL that issues access tokens at `/token`, for `google` and `microsoft365`"""
    calendar_client_id: Text | None = None
    """client ID for `google` and `microsoft365`; user for `caldav`"""
    calendar_client_secret: Secret = Secret()
    """client secret for `google` and `microsoft365`"""
    appointments_with: Words = Words("our office")
    """whom the calendar's appointments are with; `api` says it for each"""
    time_zone: TimeZone = TimeZone("America/Los_Angeles")
    """time zone in which times are spoken, other than with `api`"""
    first_hour: Hours = Hours(9)
    """hour at which the first appointment of a day begins, Monday to Friday"""
    last_hour: Hours = Hours(17)
    """hour at which the last appointment of a day has ended"""
    appointment_minutes: Minutes = Minutes(30)
    """length of an appointment in minutes"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user who takes calls that cannot be handled here"""


def connect(reason: str, settings: Settings) -> Action:
    return tts(reason) >> user(settings.front_desk, timeout=20) >> NO_ONE_AVAILABLE


def calendar_down(settings: Settings) -> Action:
    return connect(CALENDAR_DOWN, settings)


@conversation(settings=Settings, fallback=calendar_down)
def handler(call: Call, settings: Settings) -> Conversation:
    calendar = calendar_of(call, settings)
    try:
        find = partial(calendar.next_of, call.caller.number)
        appointment = call.once("mine", Appointment, find)
        if not appointment.id:
            return (yield from without_appointment(call, calendar, settings))
        change = yield from ask_change(call, calendar, appointment)
        if not change:
            return UNCHANGED
        if not calendar.change(appointment, change, call.effect_key("change")):
            return connect(REFUSED, settings)
    except UpstreamDown:
        return calendar_down(settings)
    return result(change)


def without_appointment(call: Call, calendar: Calendar, settings: Settings) -> Conversation:
    """Offer a new appointment if the calendar takes one, or connect the caller."""
    number = call.caller.number
    if not calendar.takes_new(number):
        return connect(NO_APPOINTMENT, settings)
    start = yield from ask_first_time(call, calendar)
    if not start:
        return connect(HOLD, settings)
    if not calendar.add(number, start, call.effect_key("add")):
        return connect(REFUSED, settings)
    when = day_and_time(start)
    return tts(f"Thank you. Your appointment is on {when}. Goodbye.") >> hangup()


def calendar_of(call: Call, settings: Settings) -> Calendar:
    if settings.calendar == "api":
        service = Upstream.at("calendar", settings.calendar_url, token=settings.calendar_token)
        return CalendarService(service, settings.home_country)
    calendar = personal_calendar(settings)
    person = settings.appointments_with
    return Agenda(calendar, workday(settings), person, settings.home_country, call.now)


def workday(settings: Settings) -> Workday:
    length = timedelta(minutes=settings.appointment_minutes)
    return Workday(ZoneInfo(settings.time_zone), settings.first_hour, settings.last_hour, length)


def result(change: Change) -> Flow:
    """The message about a change that the calendar has made."""
    if "start" in change:
        moved = f"Your appointment has been moved to {day_and_time(change['start'])}."
        return tts(f"Thank you. {moved} Goodbye.") >> hangup()
    return CONFIRMED if change == CONFIRM else CANCELED


if (chosen := from_environment(Settings).calendar) != "api":
    load(chosen)  # now, not while a caller waits
