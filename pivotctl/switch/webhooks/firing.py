"""Fires hooks outside of a played call, in real time, as `webhooks_util.erl` does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pivotctl.problems import Mode
from pivotctl.switch.http.exchange import ExchangeError, Transport, exchange, send
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.hook_request import PAUSE_SECONDS, hook_request, succeeded, times
from pivotctl.switch.webhooks.ledger import CallLedger, DeliveryAttempt
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET, FiredEvent

_FILES = {
    "voicemail_new": "voicemail_id",
    "voicemail_saved": "voicemail_id",
    "inbound_fax": "fax_id",
    "outbound_fax": "fax_id",
}
"""Notifications of files that Crossbar has from then on, and the field with the file's ID."""


@dataclass(frozen=True)
class HookDelivery:
    """An event, and the webhook that it goes to."""

    fired: FiredEvent
    hook: Webhook


@dataclass(frozen=True)
class DeliveryOutcome:
    """Outcome of a delivery: the last status (0 for no answer), and the number of tries.

    `tries` is 0 if KAZOO did not send it because the hook is disabled.
    """

    delivery: HookDelivery
    status: int
    tries: int

    @property
    def good(self) -> bool:
        """Whether KAZOO counts it as a success."""
        return self.tries > 0 and succeeded(self.delivery.hook.verb, self.status)


@dataclass
class Counts:
    """Numbers of events fired, by outcome."""

    fired: int = 0
    delivered: int = 0
    failed: int = 0
    retried: int = 0
    disabled: int = 0

    def add(self, outcome: DeliveryOutcome) -> None:
        """Count one more outcome."""
        self.fired += 1
        self.delivered += outcome.good
        self.failed += bool(outcome.tries) and not outcome.good
        self.retried += max(outcome.tries - 1, 0)
        self.disabled += not outcome.tries

    @property
    def good(self) -> bool:
        """Whether every event was delivered."""
        return self.delivered == self.fired

    def __str__(self) -> str:
        skipped = f", not sent {self.disabled} (the hook is disabled)" if self.disabled else ""
        return (
            f"fired {self.fired}, delivered {self.delivered}, failed {self.failed}, "
            f"retried {self.retried}{skipped}"
        )


@dataclass
class Firing:
    """Delivers events, `parallel` of them at a time. `account_id` owns the hooks."""

    ledger: CallLedger
    account_id: str
    mode: Mode = Mode.K50
    transport: Transport = send
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    parallel: int = 1
    _reported: set[tuple[str, str]] = field(default_factory=set)
    _off: frozenset[str] | None = None
    _failed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fire(self, deliveries: Iterable[HookDelivery]) -> Iterator[DeliveryOutcome]:
        """Deliver each event; a failure does not stop the next one.

        Outcomes come in the order of *deliveries*, even if those overtake each other.
        """
        if self.parallel == 1:
            yield from map(self._fired, deliveries)
            return
        with ThreadPoolExecutor(self.parallel) as threads:
            yield from threads.map(self._fired, deliveries)

    def _report(self, fired: FiredEvent) -> None:
        """Report an event to the ledger once, however often it is delivered."""
        about = _FILES.get(fired.kind) or ("call_id" if fired.hook.startswith("channel_") else "")
        if not about:
            return
        hook = fired.kind or fired.hook
        key = (hook, str(fired.payload[about]))
        with self._lock:
            known = key in self._reported
            self._reported.add(key)
        if not known:
            self.ledger.happened(hook, {**fired.payload, **fired.known})

    def _fired(self, delivery: HookDelivery) -> DeliveryOutcome:
        self._report(delivery.fired)
        document, now = delivery.hook, int(self.clock()) + GREGORIAN_OFFSET
        request = hook_request(document, delivery.fired.payload, self.account_id, self.mode, now)
        status = tries = 0
        for left in reversed(range(times(document))):
            if document.id in self._disabled():
                break
            tries += 1
            try:
                status = exchange(request, self.transport).status
            except ExchangeError:
                status = 0
            self._attempted(delivery, status, left)
            if status or not left:
                break
            self.pause(PAUSE_SECONDS)
        return DeliveryOutcome(delivery, status, tries)

    def _disabled(self) -> frozenset[str]:
        """Return the hooks disabled by now; this changes only when deliveries have failed."""
        known = self._off
        if known is None:
            self._off = known = self.ledger.disabled()
        return known

    def _attempted(self, delivery: HookDelivery, status: int, left: int) -> None:
        document, hook = delivery.hook, delivery.fired.hook
        good = succeeded(document.verb, status)
        url, verb, at = document.url, document.verb, self.clock()
        self.ledger.attempted(DeliveryAttempt(document.id, hook, url, verb, status, good, at, left))
        self._failed = self._failed or not good
        if self._failed:
            self._off = None
