"""The table CallIndex: a row for each call, found by account and by day, and the steps of calls.

`pk` is `call#<account>#<call id>`. The row (`sk` is `call`) has the call's facts, of which none is
content of a request; the steps (`sk` is `step#...`) are kept only while Live Debug is switched on
for their account or number, and so are KAZOO's own debug documents (`kazoo#...`). All expire.

Rows are in two indexes, newest first: `by_account` (`account_day`), and `by_day` (`day_shard`) for
people who see all accounts. A row keeps the time at which its call was first seen, so it never
moves. Nothing is read or written here while a caller waits.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from pivotkit.store import Item
from pivotkit.store.day_shards import day_shard
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.steps import CodeVersion, Kept, item_of
from pivotkit.store.table import Table
from pivotkit.store.template_figures import TemplateFigures

ROW = "call"
STEP = "step#"
DOCUMENT = "kazoo#"
DAY_SECONDS = 24 * 60 * 60
MOST_KEY = 1024
"""Limit on the bytes of a call's key. KAZOO's Call-IDs have about a hundred."""

_MOST_TEXT = 128
_FACTS = {
    "from": "caller_id_number",
    "to": "to",
    "cause": "hangup_cause",
    "direction": "call_direction",
    "recording": "recording",
}
"""The row's texts from the record of a call, and their names there."""


class CallKey(NamedTuple):
    """A call of an account."""

    account: str
    call_id: str

    @property
    def text(self) -> str:
        """The partition key of its row and steps. No Account-ID has a `#`."""
        return f"call#{self.account}#{self.call_id}"

    @property
    def fits(self) -> bool:
        """Whether DynamoDB takes it as a key. A sender can choose any Call-ID."""
        return bool(self.call_id) and len(self.text.encode()) <= MOST_KEY


def day_of(milliseconds: int) -> str:
    """The day (UTC) of a time in Unix milliseconds, such as 2026-11-29."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d}"


def account_day(account: str, day: str) -> str:
    """The key of an account's day in the index `by_account`."""
    return f"{account}#{day}"


class CallIndex:
    """The table, to be written. Every method raises `StateUnavailable`."""

    def __init__(self, table: Table, days: int) -> None:
        self._table = table
        self._days = days

    @classmethod
    def from_environment(cls) -> Self:
        """The table that CALL_INDEX_TABLE names; rows live for LIVE_DEBUG_DAYS."""
        days = int(os.environ.get("LIVE_DEBUG_DAYS", "14"))
        return cls(Table(os.environ["CALL_INDEX_TABLE"], dynamodb(attempts=1)), days)

    @property
    def table(self) -> Table:
        """The table itself."""
        return self._table

    def note_step(self, kept: Kept, function: str) -> int:
        """Add a step to its call's row, and return how many there are now; 0 if it has no row."""
        call = kept.call
        key = CallKey(call.account_id, call.call_id)
        if not key.fits:
            return 0
        sets: Item = {"last": _number(kept.at)}
        first: Item = {"from": _text(call.caller_id_number), "to": _text(call.request or call.to)}
        adds: Item = {
            "functions": {"SS": [function]},
            "times": {"NS": [str(kept.ms)]},
            "steps": _number(1),
        }
        if kept.is_fallback:
            adds["fallbacks"] = _number(1)
            sets["fault"] = _text(kept.fault)
        found = self._update(key, kept.at, sets, first, adds)
        return int(found.get("steps", {}).get("N", 0))

    def note_figures(self, kept: Kept, function: str, *, cold: bool) -> None:
        """Add an answer to the figures of its function; a *cold* one is an environment's first."""
        TemplateFigures(self._table).add(kept, function, self._expiry(), cold=cold)

    def keep_step(self, kept: Kept, code: CodeVersion) -> None:
        """Store the content of a step."""
        key = CallKey(kept.call.account_id, kept.call.call_id)
        sort = f"{STEP}{kept.at:013d}#{kept.request_id or code.function}"
        item = {"pk": {"S": key.text}, "sk": {"S": sort}, **item_of(kept, code)}
        self._table.ask("put_item", Item={**item, "expires_at": self._expiry()})

    def has_steps(self, key: CallKey) -> bool:
        """Tell whether a call has a kept step."""
        found = self._table.ask(
            "query",
            KeyConditionExpression="pk = :pk AND begins_with(sk, :step)",
            ExpressionAttributeValues={":pk": {"S": key.text}, ":step": {"S": STEP}},
            Limit=1,
        )
        return bool(found["Items"])

    def keep_document(self, key: CallKey, name: str, text: str) -> None:
        """Store a debug document of KAZOO under its *name*, once however often it is stored."""
        item: Item = {"pk": {"S": key.text}, "sk": {"S": f"{DOCUMENT}{name}"}}
        item |= {"document": {"S": text}, "expires_at": self._expiry()}
        self._table.ask("put_item", Item=item)

    def note_record(self, key: CallKey, record: Mapping[str, Any], received_at: int) -> None:
        """Set what is known of a call from its merged record (`CallRecords`)."""
        if not key.fits:
            return
        texts = {name: record.get(fact) for name, fact in _FACTS.items()}
        sets: Item = {name: _text(text) for name, text in texts.items() if text}
        sets["state"] = _text(record.get("state", ""))
        if isinstance(record.get("duration_seconds"), int):
            sets["duration"] = _number(record["duration_seconds"])
        for name in ("created_at", "answered_at", "ended_at"):
            if at := record.get(name):
                sets[name] = _number(_milliseconds(at))
        began = sets.get("created_at", sets.get("answered_at", _number(received_at * 1000)))
        self._update(key, int(began["N"]), sets, {}, {})

    def _update(self, key: CallKey, at: int, sets: Item, first: Item, adds: Item) -> Item:
        """Set *sets*, and *first* where it is missing; add *adds*. Returns the whole row."""
        day = day_of(at)
        first = {name: value for name, value in first.items() if value != _text("")} | {
            "account": _text(key.account),
            "call_id": {"S": key.call_id},
            "started": _number(at),
            "account_day": {"S": account_day(key.account, day)},
            "day_shard": {"S": day_shard(day, key.text)},
        }
        sets = {**sets, "expires_at": self._expiry()}
        names = {f"#{at}": name for at, name in enumerate([*sets, *first, *adds])}
        of = {name: at for at, name in names.items()}
        changes = [f"{of[name]} = :{of[name][1:]}" for name in sets]
        changes += [f"{of[n]} = if_not_exists({of[n]}, :{of[n][1:]})" for n in first]
        added = [f"{of[name]} :{of[name][1:]}" for name in adds]
        written = self._table.ask(
            "update_item",
            Key={"pk": {"S": key.text}, "sk": {"S": ROW}},
            UpdateExpression=f"SET {', '.join(changes)}"
            + (f" ADD {', '.join(added)}" if added else ""),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={
                f":{of[name][1:]}": value for name, value in {**sets, **first, **adds}.items()
            },
            ReturnValues="UPDATED_NEW",
        )
        found: Item = written.get("Attributes", {})
        return found

    def _expiry(self) -> dict[str, str]:
        return _number(int(time.time()) + self._days * DAY_SECONDS)


def _number(number: float) -> dict[str, str]:
    return {"N": str(int(number))}


def _text(text: object) -> dict[str, str]:
    return {"S": str(text)[:_MOST_TEXT]}


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
