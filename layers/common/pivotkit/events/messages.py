"""Events of messages received from a carrier (`webhooks_sms.erl`, `webhooks_mms.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pivotkit.events.base import Event


@dataclass(frozen=True, kw_only=True)
class MessageEvent(Event):
    """Fields of SMS and MMS: numbers, text, `origin` (`offnet`), and the carrier's `charges`."""

    body: str | None = None
    charges: float | None = None
    from_: str | None = None
    id: str | None = None
    origin: str | None = None
    to: str | None = None
    type: str | None = None

    @property
    def timed(self) -> bool:
        """Whether the message has an ID of its own."""
        return self.id is not None

    @property
    def about(self) -> str:
        """The message: `sms-<id>` or `mms-<id>`."""
        return f"{self.hook}-{self.id}" if self.id else ""


@dataclass(frozen=True, kw_only=True)
class Sms(MessageEvent):
    """A text message."""

    hook: ClassVar[str] = "sms"


@dataclass(frozen=True, kw_only=True)
class Mms(MessageEvent):
    """A multimedia message, of which KAZOO sends only the text."""

    hook: ClassVar[str] = "mms"
