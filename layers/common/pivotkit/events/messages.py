"""Messages that came in from a carrier (`webhooks_sms.erl`, `webhooks_mms.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pivotkit.events.base import Event


@dataclass(frozen=True, kw_only=True)
class MessageEvent(Event):
    """What both kinds have: numbers, text, `origin` (`offnet`), and what the carrier charges."""

    body: str | None = None
    charges: float | None = None
    from_: str | None = None
    id: str | None = None
    origin: str | None = None
    to: str | None = None
    type: str | None = None

    @property
    def timed(self) -> bool:
        """Each message has an id of its own."""
        return self.id is not None

    @property
    def about(self) -> str:
        """The message."""
        return f"{self.hook}-{self.id}" if self.id else ""


@dataclass(frozen=True, kw_only=True)
class Sms(MessageEvent):
    """A text message."""

    hook: ClassVar[str] = "sms"


@dataclass(frozen=True, kw_only=True)
class Mms(MessageEvent):
    """A message with media, of which KAZOO sends the text alone."""

    hook: ClassVar[str] = "mms"
