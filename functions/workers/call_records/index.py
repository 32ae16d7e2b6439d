"""Adds what webhooks and CDRs report of a call to its row in the index of calls (Live Debug)."""

import os
import time
from collections.abc import Mapping
from functools import cache

from pivotkit import Delivery
from pivotkit.http.parameters import Value
from pivotkit.store.call_index import CallIndex, CallKey

CALL_STATES = frozenset(
    {"created", "answered", "bridged", "parked", "retrieved", "abandoned", "missed", "ended"}
)
"""The states of calls; others are those of faxes, messages, and documents."""

_KINDS = ("event#channel_", "event#recording", "cdr#", "api#")
"""The deliveries about calls, by the start of their sort key."""


def note(records: Mapping[str, Mapping[str, Value]], delivery: Delivery) -> None:
    """Set the facts of each call in its row, in a stack with Live Debug."""
    if not os.environ.get("CALL_INDEX_TABLE"):
        return
    if not delivery.item["sk"]["S"].startswith(_KINDS):
        return
    for key, record in records.items():
        account, _, call_id = key.partition("#")
        if record.get("state") in CALL_STATES:
            received_at = delivery.received_at or int(time.time())
            _index().note_record(CallKey(account, call_id), record, received_at)


@cache
def _index() -> CallIndex:
    return CallIndex.from_environment()
