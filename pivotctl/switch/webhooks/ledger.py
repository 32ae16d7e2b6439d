"""What the switch tells of its work to who keeps the books: in a local run, the local Crossbar."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pivotctl.switch.http.form_encoding import Json


@dataclass(frozen=True)
class DeliveryAttempt:
    """One delivery of a hook: `status` 0 when nobody answered, `at` in Unix seconds.

    `retries_left` is how often KAZOO would still have tried.
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
    """Keeps events of channels and attempts to deliver, and knows which hooks are disabled."""

    def happened(self, hook: str, event: Mapping[str, Json]) -> None:
        """An event of a channel, or a notification of a voicemail or fax that KAZOO has.

        One of channel_destroy makes the CDR of its leg.
        """
        ...

    def attempted(self, attempt: DeliveryAttempt) -> None:
        """A delivery succeeded or failed."""
        ...

    def disabled(self) -> frozenset[str]:
        """The ids of the hooks that KAZOO fires no more."""
        ...
