"""Events of a call's audio stream. KAZOO 5 only (`webhooks_stream.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pivotkit.events.base import Event


@dataclass(frozen=True, kw_only=True)
class StreamEvent(Event):
    """Fields of both stream events; `reason` and `error_message` say why a stream stopped."""

    hook: ClassVar[str] = "stream"
    required: ClassVar[tuple[str, ...]] = ("account_id", "call_id")

    call_id: str
    event_name: str | None = None
    error_message: str | None = None
    reason: str | None = None
    stream_id: str | None = None
    stream_name: str | None = None

    @property
    def about(self) -> str:
        """The call's ID."""
        return self.call_id


@dataclass(frozen=True, kw_only=True)
class StreamStart(StreamEvent):
    """A stream started."""


@dataclass(frozen=True, kw_only=True)
class StreamStop(StreamEvent):
    """A stream stopped."""
