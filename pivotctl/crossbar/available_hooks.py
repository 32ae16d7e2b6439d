"""Hooks that a webhook can name (`GET webhooks`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AvailableHook:
    """A hook; `modifiers` are the fields of a webhook's `custom_data` that narrow it down."""

    name: str
    description: str
    modifiers: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the row in Crossbar's list."""
        narrowed = {"modifiers": list(self.modifiers)} if self.modifiers else {}
        return {"id": self.name, "name": self.name, "description": self.description, **narrowed}


AVAILABLE = (
    AvailableHook("all", "Every event"),
    AvailableHook("callflow", "A callflow's webhook action"),
    AvailableHook("channel_answer", "A leg was answered"),
    AvailableHook("channel_bridge", "Two legs were connected"),
    AvailableHook("channel_create", "A leg was created"),
    AvailableHook("channel_destroy", "A leg ended"),
    AvailableHook("mms", "An MMS message came in"),
    AvailableHook("notifications", "A notification, such as a new voicemail message", ("type",)),
    AvailableHook("object", "A document was created, edited, or deleted", ("type", "action")),
    AvailableHook("parking", "A call was parked, retrieved, or abandoned"),
    AvailableHook("sms", "An SMS message came in"),
)
