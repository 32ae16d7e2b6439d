"""Requests to port numbers, and what becomes of them (`kapi_notifications.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events.base import Notification

if TYPE_CHECKING:
    from pivotkit.events.fields import Object


@dataclass(frozen=True, kw_only=True)
class PortEvent(Notification):
    """What all have; `authorized_by` is a user, `reason` the comment that explains the change."""

    authorized_by: str | None = None
    local_number: bool | None = None
    number: str | None = None
    number_state: str | None = None
    port: Object = MappingProxyType({})
    port_request_id: str | None = None
    reason: Object = MappingProxyType({})
    version: str | None = None

    @property
    def about(self) -> str:
        """The request."""
        return f"port-{self.port_request_id}" if self.port_request_id else ""


@dataclass(frozen=True, kw_only=True)
class PortCancel(PortEvent):
    """A request was taken back."""


@dataclass(frozen=True, kw_only=True)
class PortComment(PortEvent):
    """Somebody wrote about a request: `comment` has `author` and `content`."""

    comment: Object = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class PortPending(PortEvent):
    """A request is with the carriers."""


@dataclass(frozen=True, kw_only=True)
class PortRejected(PortEvent):
    """A request was rejected; `reason` says why."""


@dataclass(frozen=True, kw_only=True)
class PortRequest(PortEvent):
    """Numbers are to be ported in."""


@dataclass(frozen=True, kw_only=True)
class PortScheduled(PortEvent):
    """There is a date for a request."""


@dataclass(frozen=True, kw_only=True)
class PortUnconfirmed(PortEvent):
    """A request is not submitted yet."""


@dataclass(frozen=True, kw_only=True)
class Ported(PortEvent):
    """The numbers are here."""
