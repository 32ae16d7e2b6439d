"""Events of faxes received, sent, or failed (`kapi_notifications.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events.base import Notification

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Object, Texts


@dataclass(frozen=True, kw_only=True)
class FaxEvent(Notification):
    """Fields that all fax events share except those of faxes by e-mail.

    `fax_timestamp` is the time at which the fax was completed. `fax_info` has `fax_total_pages`,
    `fax_transferred_pages`, `fax_result_text`, and more; its values are text.
    """

    call_id: str | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    fax_id: str | None = None
    fax_info: Object = MappingProxyType({})
    fax_notifications: Object = MappingProxyType({})
    fax_timestamp: Gregorian | None = None
    faxbox_id: str | None = None

    @property
    def about(self) -> str:
        """The fax: `fax-<id>`."""
        return f"fax-{self.fax_id}" if self.fax_id else ""


@dataclass(frozen=True, kw_only=True)
class InboundFax(FaxEvent):
    """A fax was received."""

    from_realm: str | None = None
    from_user: str | None = None
    owner_id: str | None = None
    to_realm: str | None = None
    to_user: str | None = None


@dataclass(frozen=True, kw_only=True)
class InboundFaxError(FaxEvent):
    """A fax could not be received; `fax_error` says why."""

    fax_error: str | None = None
    from_realm: str | None = None
    from_user: str | None = None
    owner_id: str | None = None
    to_realm: str | None = None
    to_user: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutboundFax(FaxEvent):
    """A fax was sent. `fax_jobid` is the job that sent it."""

    fax_jobid: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutboundFaxError(FaxEvent):
    """A fax could not be sent; `fax_error` says why."""

    fax_error: str | None = None
    fax_jobid: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutboundSmtpFaxError(Notification):
    """An e-mail to a fax box was rejected; `errors` say why."""

    errors: Texts = ()
    fax_from_email: str | None = None
    fax_to_email: str | None = None
    faxbox_id: str | None = None
    faxbox_name: str | None = None
    faxbox_timezone: str | None = None
    number: str | None = None
    original_number: str | None = None
    owner_id: str | None = None
