"""Events of requests to port numbers (`kapi_notifications.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events.base import Notification

if TYPE_CHECKING:
    from pivotkit.events.fields import Object


@dataclass(frozen=True, kw_only=True)
class PortEvent(Notification):
    """Fields that all port events share.

    `authorized_by` is a user, and `reason` is the comment that explains the change.
    """

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
        """The port request: `port-<id>`."""
        return f"port-{self.port_request_id}" if self.port_request_id else ""


@dataclass(frozen=True, kw_only=True)
class PortCancel(PortEvent):
    """A port request was canceled."""


@dataclass(frozen=True, kw_only=True)
class PortComment(PortEvent):
    """A comment was added to a port request: `comment` has `author` and `content`."""

    comment: Object = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class PortPending(PortEvent):
    """A port request is pending with the carriers."""


@dataclass(frozen=True, kw_only=True)
class PortRejected(PortEvent):
    """A port request was rejected; `reason` says why."""


@dataclass(frozen=True, kw_only=True)
class PortRequest(PortEvent):
    """A port request was submitted."""


@dataclass(frozen=True, kw_only=True)
class PortScheduled(PortEvent):
    """A port request was scheduled for a date."""


@dataclass(frozen=True, kw_only=True)
class PortUnconfirmed(PortEvent):
    """A port request was created but not submitted yet."""


@dataclass(frozen=True, kw_only=True)
class Ported(PortEvent):
    """The numbers were ported."""
