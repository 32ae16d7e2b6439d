"""Calendars that people keep: Google, Microsoft 365, and CalDAV, behind one interface.

A template declares which one in its settings. Only the module of that one is imported.
"""

from collections.abc import Callable
from typing import Protocol
from zoneinfo import ZoneInfo

from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Text
from pivotkit.services.access_tokens import AccessToken, Password
from pivotkit.services.calendar_events import PersonalCalendar
from pivotkit.services.upstream import Credential, ServiceUrl, Upstream

MICROSOFT_SCOPE = "https://graph.microsoft.com/.default"


class CalendarName(Text):
    """A calendar at its service: an ID of Google, or a mailbox of Microsoft 365."""

    __slots__ = ()
    label = "calendar"
    rule = "must be the ID of a calendar, or an address such as office@example.com"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is one word that a path can have."""
        plain = text.translate(dict.fromkeys(map(ord, "@.-_#")))
        return plain.isalnum() and plain.isascii()


class TimeZone(Text):
    """A time zone of the IANA database."""

    __slots__ = ()
    label = "time zone"
    rule = "must be a time zone, such as America/New_York"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether there is a time zone of this name."""
        try:
            return bool(ZoneInfo(text))
        except (KeyError, OSError, ValueError):
            return False


class CalendarSettings(Protocol):
    """The settings of a template with a calendar.

    `calendar` is `google`, `microsoft365`, or `caldav`. `calendar_url` is the base URL of the API,
    and for CalDAV that of the calendar. `calendar_login_url` issues access tokens at `/token`, for
    Google and Microsoft 365.
    """

    @property
    def calendar(self) -> str:
        """The kind of calendar."""
        ...

    @property
    def calendar_url(self) -> ServiceUrl:
        """The base URL."""
        ...

    @property
    def calendar_name(self) -> CalendarName:
        """The ID of the calendar, or the mailbox."""
        ...

    @property
    def calendar_login_url(self) -> ServiceUrl:
        """The URL that issues access tokens."""
        ...

    @property
    def calendar_client_id(self) -> Text | None:
        """The client ID, or the user of CalDAV."""
        ...

    @property
    def calendar_client_secret(self) -> Secret:
        """The client secret."""
        ...

    @property
    def calendar_token(self) -> Secret:
        """The refresh token of Google, or the password of CalDAV."""
        ...


def personal_calendar(settings: CalendarSettings) -> PersonalCalendar:
    """Return the calendar in *settings*; its module is imported now, unless `load` has done so."""
    made = load(settings.calendar)
    upstream = Upstream.at("calendar", settings.calendar_url, token=_credential(settings))
    return made(upstream, settings.calendar_name)


def _credential(settings: CalendarSettings) -> Credential:
    user = settings.calendar_client_id or ""
    if settings.calendar == "caldav":
        return Password(user, settings.calendar_token)
    login = AccessToken(settings.calendar_login_url, user, settings.calendar_client_secret)
    if settings.calendar == "google":
        return login._replace(refresh_token=settings.calendar_token)
    return login._replace(scope=MICROSOFT_SCOPE)


def load(kind: str) -> Callable[[Upstream, str], PersonalCalendar]:
    """Import the module of a calendar: at INIT, so that no caller waits for it.

    The class is called with the service and the calendar's name.
    """
    if kind == "google":
        from pivotkit.services.google_calendar import GoogleCalendar  # noqa: PLC0415

        return GoogleCalendar
    if kind == "microsoft365":
        from pivotkit.services.microsoft_calendar import MicrosoftCalendar  # noqa: PLC0415

        return MicrosoftCalendar
    from pivotkit.services.caldav import CalDavCalendar  # noqa: PLC0415

    return CalDavCalendar
