"""Notifies accounts of webhooks that KAZOO has disabled (`webhooks_disabler.erl`).

The notification is called `webhook_disabled`. It goes to hooks on `notifications` of all types or
of this one, but not to the disabled hook itself. Crossbar lists the type for super admins only, and
accepts it from everyone (`cb_webhooks.erl`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.crossbar.client import CrossbarClient, CrossbarClientError
from pivotctl.local.webhooks import NoReceiverError, matching
from pivotctl.switch.webhooks.firing import DeliveryOutcome, Firing, HookDelivery
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET, EventFacts, FiredEvent, notification

if TYPE_CHECKING:
    from pivotctl.crossbar import HookDocument

KIND = "webhook_disabled"
LOOKS_EVERY = 15.0
"""Seconds between two looks: a quarter of the minute within which failures count."""


def look(crossbar: CrossbarClient) -> list[DeliveryOutcome]:
    """Notify of each hook disabled since the last look, once. Raises `CrossbarClientError`.

    Returns the outcomes of the deliveries.
    """
    found = crossbar.newly_disabled()
    if not found:
        return []
    documents = [state.document for state in crossbar.hooks()]
    return list(Firing(crossbar, ACCOUNT_ID).fire(_deliveries(found, documents)))


@contextmanager
def looking(crossbar: CrossbarClient, every: float = LOOKS_EVERY) -> Iterator[None]:
    """Look every *every* seconds, in a background thread, until the context ends."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            with suppress(CrossbarClientError):
                look(crossbar)

    thread = threading.Thread(target=run, daemon=True, name="disabler")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _deliveries(
    disabled: Iterable[HookDocument], documents: Sequence[HookDocument]
) -> Iterator[HookDelivery]:
    for document in disabled:
        facts = EventFacts(document.account_id, int(time.time()) + GREGORIAN_OFFSET)
        fired = FiredEvent(
            "notifications", notification(KIND, facts) | {"hook_id": document.id}, KIND
        )
        with suppress(NoReceiverError):  # then KAZOO notifies no one
            yield from (HookDelivery(fired, each.webhook) for each in matching(documents, fired))
