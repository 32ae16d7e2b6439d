"""Events of configuration documents created, edited, or deleted (`webhooks_object.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pivotkit.events.base import Event


@dataclass(frozen=True, kw_only=True)
class ObjectEvent(Event):
    """A document, by `id` and `type` (`device`, `user`, `vmbox`, ...); KAZOO sends no content."""

    hook: ClassVar[str] = "object"

    action: str | None = None
    id: str | None = None
    type: str | None = None

    @property
    def about(self) -> str:
        """The document: `object-<id>`."""
        return f"object-{self.id}" if self.id else ""


@dataclass(frozen=True, kw_only=True)
class DocCreated(ObjectEvent):
    """A document was created."""


@dataclass(frozen=True, kw_only=True)
class DocEdited(ObjectEvent):
    """A document was edited."""


@dataclass(frozen=True, kw_only=True)
class DocDeleted(ObjectEvent):
    """A document was deleted."""
