"""KAZOO's side: delivers from several threads, and disables a hook that fails too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from campaign.ledger import Sent
from campaign.mix import Parcel
from pivotctl.crossbar import HookDocument
from pivotctl.crossbar.hooks import Hooks
from pivotctl.switch.http.exchange import ExchangeError, exchange, send
from pivotctl.switch.http.form_encoding import Json
from pivotctl.switch.webhooks.firing import Firing
from pivotctl.switch.webhooks.ledger import DeliveryAttempt

_LOOKS_EVERY = 15


@dataclass
class Kazoo:
    """Delivers to the webhooks `documents` as KAZOO does, thread-safe, and keeps their state."""

    documents: Sequence[HookDocument]
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    _hooks: Hooks = field(init=False, default_factory=Hooks)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for document in self.documents:
            self._hooks.register(document)

    def deliver(self, parcel: Parcel) -> Sent:
        """Send *parcel*: an event again if there is no answer, a CDR once."""
        if parcel.delivery is None:
            return Sent(parcel, _status(parcel), 1)
        owner = parcel.request.header("x-account-id") or ""
        firing = Firing(self, owner, parcel.mode, pause=self.pause, clock=self.clock)
        (outcome,) = firing.fire([parcel.delivery])
        return Sent(parcel, outcome.status, outcome.tries)

    def switched_off(self) -> list[str]:
        """The names of the hooks that it has disabled, or will when it looks the next time."""
        off = self._off(self.clock() + _LOOKS_EVERY)
        return [each.name for each in off]

    # -- the books that `Firing` keeps -----------------------------------------------------------

    def happened(self, hook: str, event: Mapping[str, Json]) -> None:
        """Ignore an event of a channel: no CDR is needed here."""

    def attempted(self, attempt: DeliveryAttempt) -> None:
        """A delivery succeeded or failed."""
        with self._lock:
            self._hooks.note(attempt)

    def debugged(self, document: Mapping[str, Json]) -> None:
        """Ignore a debug document: no call is played here."""

    def disabled(self) -> frozenset[str]:
        """The ids of the hooks that are fired no more."""
        return frozenset(each.id for each in self._off(self.clock()))

    def _off(self, now: float) -> list[HookDocument]:
        with self._lock:
            return [each for each in self._hooks.documents(now) if not each.enabled]


def _status(parcel: Parcel) -> int:
    try:
        return exchange(parcel.request, send).status
    except ExchangeError:
        return 0
