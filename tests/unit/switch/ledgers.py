"""A ledger that keeps what the switch reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pivotctl.switch.webhooks.ledger import DeliveryAttempt


@dataclass
class Ledger:
    """Keeps what it is told."""

    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    attempts: list[DeliveryAttempt] = field(default_factory=list)
    debug: list[Mapping[str, Any]] = field(default_factory=list)
    off: frozenset[str] = frozenset()

    def happened(self, hook: str, event: Mapping[str, Any]) -> None:
        """Keep an event."""
        self.events.append((hook, event))

    def attempted(self, attempt: DeliveryAttempt) -> None:
        """Keep an attempt; the third failure disables."""
        self.attempts.append(attempt)
        if len([each for each in self.attempts if not each.succeeded]) == 3:
            self.off = frozenset({attempt.hook_id})

    def debugged(self, document: Mapping[str, Any]) -> None:
        """Keep a debug document."""
        self.debug.append(document)

    def disabled(self) -> frozenset[str]:
        """The hooks that are disabled by now."""
        return self.off
