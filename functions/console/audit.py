"""The audit: who changed what, when, and from where.

An entry is written before the change; without it nothing is changed. Afterwards it gets the
outcome: an entry without one (`begun`) is a change that may or may not have happened. Entries are
found by account, or by day for all of them, and expire after `AuditDays`.

    pk "<account>"    sk "<milliseconds>#<id>"    who, from, did, what, outcome
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from attempts import address
from starlette.requests import Request

from pivotkit.core.errors import StateUnavailable
from pivotkit.store import Item
from pivotkit.store.table import Table

DAY_SECONDS = 86_400
MOST = 200
"""Entries of a page."""

DAYS = 14
"""Days whose entries an operator of all accounts sees."""

DONE, FAILED, BEGUN = "done", "failed", "begun"
_MOST_TEXT = 500


class Audit(NamedTuple):
    """An act of somebody: its account, kind, object, and details."""

    account_id: str
    act: str
    target: str
    details: str = ""


class Entry(NamedTuple):
    """An entry of the audit; `at` is in Unix seconds."""

    at: int
    who: str
    address: str
    audit: Audit
    outcome: str


class AuditLog:
    """The table of the audit. Methods raise `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("AUDIT_TABLE")
        self._days = int(os.environ.get("AUDIT_DAYS") or 400)

    def begin(self, who: str, origin: str, audit: Audit) -> Item:
        """Write an entry without an outcome, and return its key."""
        now = time.time()
        key: Item = {
            "pk": {"S": audit.account_id},
            "sk": {"S": f"{int(now * 1000):015}#{uuid.uuid4().hex[:12]}"},
        }
        texts = {"who": who, "address": origin, **audit._asdict(), "outcome": BEGUN}
        item = {name: {"S": text[:_MOST_TEXT]} for name, text in texts.items()}
        expires = {"N": str(int(now) + self._days * DAY_SECONDS)}
        day = {"S": datetime.fromtimestamp(now, UTC).date().isoformat()}
        self._table.ask("put_item", Item={**key, **item, "day": day, "expires_at": expires})
        return key

    def end(self, key: Item, outcome: str) -> None:
        """Add the outcome of an entry."""
        self._table.ask(
            "update_item",
            Key=key,
            UpdateExpression="SET outcome = :outcome",
            ExpressionAttributeValues={":outcome": {"S": outcome}},
        )

    def of_account(self, account_id: str) -> list[Entry]:
        """The entries of an account, the latest first. One round trip."""
        return self._found("pk", account_id)

    def of_all(self, now: float) -> list[Entry]:
        """The entries of the last days, the latest first: as many as a page shows."""
        today = datetime.fromtimestamp(now, UTC).date()
        entries: list[Entry] = []
        for number in range(DAYS):
            day = (today - timedelta(days=number)).isoformat()
            entries += self._found("day", day, IndexName="by_day")
            if len(entries) >= MOST:
                break
        return entries[:MOST]

    def _found(self, key: str, text: str, **index: Any) -> list[Entry]:
        found = self._table.ask(
            "query",
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":key": {"S": text}},
            ScanIndexForward=False,
            Limit=MOST,
            **index,
        )
        return [_entry(item) for item in found["Items"]]


@contextmanager
def audited(request: Request, audit: Audit) -> Iterator[None]:
    """Record a change that is made inside. Raises `StateUnavailable`: then nothing was changed."""
    log = AuditLog()
    key = log.begin(request.state.viewer.name, address(request), audit)
    try:
        yield
    except BaseException:
        _end(log, key, FAILED)
        raise
    _end(log, key, DONE)


def _end(log: AuditLog, key: Item, outcome: str) -> None:
    """Add the outcome. The change is made or refused already, whether or not it can be added."""
    with suppress(StateUnavailable):
        log.end(key, outcome)


def _entry(item: Item) -> Entry:
    text = {name: value.get("S", "") for name, value in item.items()}
    audit = Audit(*(text.get(name, "") for name in Audit._fields))
    at = int(text["sk"].partition("#")[0]) // 1000
    return Entry(at, text["who"], text["address"], audit, text["outcome"])
