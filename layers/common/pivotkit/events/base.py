"""Base classes of all events, and classes for events without a type of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Object, Texts


_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One webhook event. Every field except `account_id` may be missing.

    `hook` is the KAZOO hook that fires it. `custom_data` holds the fields that the hook's own
    document adds, as far as they can be told apart. `other` holds all fields that the class does
    not list, as text, so that it is the same for JSON, a form, and a query string.
    """

    hook: ClassVar[str] = ""
    required: ClassVar[tuple[str, ...]] = ()
    """Required fields; an event that lacks one becomes an `OtherEvent`."""

    account_id: str = ""
    timestamp: Gregorian | None = None
    cluster_id: str | None = None
    custom_data: Object = MappingProxyType({})
    other: Object = MappingProxyType({})

    @property
    def name(self) -> str:
        """KAZOO's name for the event, in lower case, such as `channel_answer`."""
        return _CAPITAL.sub("_", type(self).__name__).lower()

    @property
    def timed(self) -> bool:
        """Whether the event can be told apart from the same event at another time."""
        return self.timestamp is not None

    @property
    def about(self) -> str:
        """The subject of the event within its account: a call ID or `<kind>-<id>`; '' for none.

        Deliveries with the same subject are stored together and merged into one record.
        """
        return ""


@dataclass(frozen=True, kw_only=True)
class OtherEvent(Event):
    """An event without a class of its own; everything except the account is in `other`.

    `name` is KAZOO's name for it, or '' if there is none. `reason` says why an event that does have
    a class could not be read.
    """

    name: str = ""
    reason: str = ""

    @property
    def about(self) -> str:
        """The call, if the event names one."""
        call_id = self.other.get("call_id")
        return call_id if isinstance(call_id, str) else ""


@dataclass(frozen=True, kw_only=True)
class Notification(Event):
    """Fields that all notifications share.

    `event_name` is the type, such as `voicemail_new`. `to`, `cc`, and `bcc` are the e-mail
    addresses that KAZOO sends the notification to (`kapi_notifications.erl`).
    """

    hook: ClassVar[str] = "notifications"

    event_name: str | None = None
    event_category: str | None = None
    msg_id: str | None = None
    app_name: str | None = None
    app_version: str | None = None
    node: str | None = None
    server_id: str | None = None
    system_log_id: str | None = None
    account_db: str | None = None
    attachment_url: str | None = None
    bcc: Texts = ()
    cc: Texts = ()
    from_: str | None = None
    html: str | None = None
    preview: bool | None = None
    reply_to: str | None = None
    subject: str | None = None
    text: str | None = None
    to: Texts = ()

    @property
    def timed(self) -> bool:
        """Whether the notification has an ID of its own or a time."""
        return self.msg_id is not None or self.timestamp is not None


@dataclass(frozen=True, kw_only=True)
class OtherNotification(Notification):
    """A notification of a type without a class of its own."""

    @property
    def name(self) -> str:
        """The notification's type, in lower case."""
        return (self.event_name or "notification").lower()
