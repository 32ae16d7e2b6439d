"""What all events have in common, and those that KAZOO's own lists do not have."""

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
    """What one webhook told. Every field but `account_id` may be missing.

    `hook` is the hook in whose name KAZOO fires. `custom_data` is what the hook's own document
    adds, as far as it can be told apart; `other` is what is listed nowhere, as text: the same
    whether it came as JSON, as a form or in a query.
    """

    hook: ClassVar[str] = ""
    required: ClassVar[tuple[str, ...]] = ()
    """What must be there; without it KAZOO's hook becomes an `OtherEvent`."""

    account_id: str = ""
    timestamp: Gregorian | None = None
    cluster_id: str | None = None
    custom_data: Object = MappingProxyType({})
    other: Object = MappingProxyType({})

    @property
    def name(self) -> str:
        """What KAZOO calls the event, in lower case, such as `channel_answer`."""
        return _CAPITAL.sub("_", type(self).__name__).lower()

    @property
    def timed(self) -> bool:
        """Whether the event tells itself from one that says the same at another time."""
        return self.timestamp is not None

    @property
    def about(self) -> str:
        """What the event is about, within its account: a call's id or `<kind>-<id>`; '' for none.

        Deliveries about one thing are kept together and make one record.
        """
        return ""


@dataclass(frozen=True, kw_only=True)
class OtherEvent(Event):
    """An event that has no type here; everything but the account is in `other`.

    `name` is what KAZOO calls it, '' if it does not say. `reason` says why one that has a type
    could not be read.
    """

    name: str = ""
    reason: str = ""

    @property
    def about(self) -> str:
        """The call, when it names one."""
        call_id = self.other.get("call_id")
        return call_id if isinstance(call_id, str) else ""


@dataclass(frozen=True, kw_only=True)
class Notification(Event):
    """What all notifications have.

    `event_name` is its type, such as `voicemail_new`. `to`, `cc` and `bcc` are e-mail addresses
    of those whom KAZOO writes to (`kapi_notifications.erl`).
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
        """Each notification has an id of its own."""
        return self.msg_id is not None or self.timestamp is not None


@dataclass(frozen=True, kw_only=True)
class OtherNotification(Notification):
    """A notification of a type that has no class here."""

    @property
    def name(self) -> str:
        """Its type."""
        return (self.event_name or "notification").lower()
