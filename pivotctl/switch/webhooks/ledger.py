"""The ledger to which the switch reports events and deliveries: locally, the local Crossbar."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pivotctl.switch.http.form_encoding import Json


@dataclass(frozen=True)
class DeliveryAttempt:
    """One attempt to deliver a hook: `status` 0 for no answer, `at` in Unix seconds.

    `retries_left` is the number of tries that KAZOO still had.
    """

    hook_id: str
    hook_event: str
    uri: str
    method: str
    status: int
    succeeded: bool
    at: float
    retries_left: int = 0
    event_id: str = field(default_factory=lambda: secrets.token_hex(5))


class CallLedger(Protocol):
    """Stores events and delivery attempts, and knows the disabled hooks."""

    def happened(self, hook: str, event: Mapping[str, Json]) -> None:
        """Store an event of a channel, or a notification of a new voicemail message or fax.

        A channel_destroy event makes the CDR of its leg.
        """
        ...

    def attempted(self, attempt: DeliveryAttempt) -> None:
        """Store a delivery attempt."""
        ...

    def debugged(self, document: Mapping[str, Json]) -> None:
        """Store a debug document of a pivot action with `debug`: a request, or its answer.

        It has `account_id`, `call_id`, and `iteration`.
        """
        ...

    def disabled(self) -> frozenset[str]:
        """Return the IDs of the hooks that KAZOO no longer fires."""
        ...
