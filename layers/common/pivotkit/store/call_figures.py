"""Legs that have ended, and their sums by account and day: what the console's pages show of CDRs.

A leg is one item, and the sums over an account's legs of a day (UTC) are the total of a few items.
A leg and its share of the sums are written in one transaction, so a leg counts once, however often
and in whatever order its deliveries come; a leg whose record has changed counts as it is now.
Everything is found by its key or by one of two indexes, by account and day, and by day.

    pk "leg#<account>#<call id>"    sk "leg"        the leg, as text and numbers
    pk "sums#2026-01-15#3"          sk "<account>"  numbers by name: `calls:13`, `cost:USD:France`

The keys of a day are its shards, among which its legs are spread evenly.
"""

import heapq
import itertools
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Self

from pivotkit.core.errors import StateUnavailable
from pivotkit.core.parallel import at_once
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.day_shards import MOST_QUERIES, day_keys, day_shard
from pivotkit.store.table import Table

DAY_SECONDS = 86_400
BOUNDS = (0, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""The seconds from which each bar of the durations begins."""

MOST_TEXT = 200
MOST_READ = 100
"""Items of one request to DynamoDB that reads by key."""

_INDEXES = {"account_day": "by_account", "day": "by_day"}
"""The index of each key."""

BATCH = 300
"""Legs that are read at a time."""

_CAUSE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Leg:
    """A leg that has ended. `at` is its end in Unix seconds, `cost` in ten-thousandths."""

    account_id: str
    call_id: str
    at: int
    direction: str = ""
    from_number: str = ""
    from_name: str = ""
    to_number: str = ""
    seconds: int = 0
    billed: int = 0
    cause: str = ""
    destination: str = ""
    cost: int = 0
    currency: str = ""

    @classmethod
    def of(cls, account_id: str, call_id: str, record: Mapping[str, Value], at: int) -> Self:
        """The leg that a merged *record* describes; it ended at *at* unless the record says it."""
        ended = record.get("ended_at")
        return cls(
            account_id,
            call_id,
            int(datetime.fromisoformat(ended).timestamp()) if isinstance(ended, str) else at,
            direction=_text(record.get("call_direction")),
            from_number=_text(record.get("caller_id_number")),
            from_name=_text(record.get("caller_id_name")),
            to_number=_text(record.get("callee_id_number") or record.get("to")),
            seconds=_whole(record.get("duration_seconds")),
            billed=_whole(record.get("billing_seconds")),
            cause=_text(record.get("hangup_cause")),
            destination=_text(record.get("destination")),
            cost=_whole(record.get("cost")),
            currency=_text(record.get("currency")),
        )

    @property
    def day(self) -> str:
        """The day on which it ended, in UTC."""
        return datetime.fromtimestamp(self.at, UTC).date().isoformat()

    @property
    def sums(self) -> Counter[str]:
        """Its share of the sums of its account and day."""
        found = Counter({"legs": 1, "seconds": self.billed, f"cause:{self._cause}": 1})
        if self.direction == "outbound":
            place = self.destination or "-"
            found[f"destination:{place}"] = 1
            found[f"cost:{self._currency}:{place}"] = self.cost
            found[f"cost:{self._currency}"] = self.cost
        else:
            hour = datetime.fromtimestamp(self.at, UTC).hour
            found[f"calls:{hour:02}"] = 1
            found[f"lasted:{bar_of(self.seconds)}"] = 1
        return found

    @property
    def _cause(self) -> str:
        return self.cause if _CAUSE.fullmatch(self.cause) else "OTHER"

    @property
    def _currency(self) -> str:
        return self.currency if _CURRENCY.fullmatch(self.currency) else "-"


class Sums(NamedTuple):
    """The sums of an account on a day."""

    account_id: str
    day: date
    numbers: Mapping[str, int]


class CallFigures:
    """The CallFigures table. Every method raises `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("CALL_FIGURES_TABLE")
        self._days = int(os.environ.get("CALL_FIGURE_DAYS") or 90)

    def keep(self, leg: Leg) -> bool:
        """Store *leg*, and count it in the sums. Returns False if it was stored like this before.

        Takes one round trip for what has not changed, and two or three otherwise.
        """
        item = self._table.ask("get_item", Key=_key(leg), ConsistentRead=True).get("Item")
        old = _leg(item) if item else None
        if old == leg:
            return False
        version = int(item["version"]["N"]) if item else 0
        expires = {"N": str(leg.at + self._days * DAY_SECONDS)}
        steps = [{"Put": _new(leg, version, expires)}]
        steps += [{"Update": each} for each in _changes(old, leg, expires)]
        if reasons := self._table.transact(*steps):
            raise StateUnavailable(", ".join(reasons))
        return True

    def legs(self, day: date, account_id: str = "", *, after: Leg | None = None) -> Iterator[Leg]:
        """The legs that ended on *day* (UTC), of an account or of all, the latest first.

        They are read as far as they are asked for, `BATCH` at a time. With *after*, only those that
        follow this leg of the day.
        """
        if account_id:
            own = after and replace(after, account_id=account_id)
            return self._read({"account_day": _account_day(account_id, day)}, BATCH, own)
        keys = day_keys(day)
        begin = self._stored_key(after) if after else ""
        share = max(BATCH // len(keys), 1)
        parts = [self._with_day(key, share, after, begin) for key in keys]
        return heapq.merge(*parts, key=lambda leg: -leg.at)

    def sums(self, days: Sequence[date], accounts: Sequence[str] = ()) -> list[Sums]:
        """The sums of each of *days*, of some accounts or of all of them.

        Takes a round trip for each key of a day for all accounts, `MOST_QUERIES` at a time, and one
        for a hundred keys of accounts and days else.
        """
        parts = self._of_accounts(days, accounts) if accounts else self._of_days(days)
        found: dict[tuple[str, date], Counter[str]] = {}
        for part in parts:
            found.setdefault((part.account_id, part.day), Counter()).update(part.numbers)
        return [Sums(account, day, numbers) for (account, day), numbers in found.items()]

    def _with_day(self, day_key: str, batch: int, after: Leg | None, begin: str) -> Iterator[Leg]:
        """The legs under a key of a day behind *after*, whose key is *begin*.

        Those of one second follow each other in the order of their keys.
        """
        key = {"day": {"S": day_key}}
        if after is None or day_key == begin:
            return self._read(key, batch, after)
        return self._read(key, batch, latest=after.at if day_key > begin else after.at - 1)

    def _stored_key(self, leg: Leg) -> str:
        """The key of its day that *leg* is stored with."""
        found = self._table.read_each([_key(leg)])
        return str(found[0]["day"]["S"]) if found else _day_key(leg)

    def _read(
        self, key: Item, batch: int, after: Leg | None = None, *, latest: int | None = None
    ) -> Iterator[Leg]:
        """The legs with a *key* of an index, behind *after* if it is given, or from *latest* on."""
        ((name, value),) = key.items()
        request: dict[str, Any] = {
            "IndexName": _INDEXES[name],
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": name},
            "ExpressionAttributeValues": {":key": value},
        }
        if after:
            begin = {**_key(after), **key, "at": {"N": str(after.at)}}
            request["ExclusiveStartKey"] = begin
        if latest is not None:
            request["KeyConditionExpression"] += " AND #at <= :latest"
            request["ExpressionAttributeNames"]["#at"] = "at"
            request["ExpressionAttributeValues"][":latest"] = {"N": str(latest)}
        found = self._table.query(ScanIndexForward=False, Limit=batch, **request)
        return (_leg(item) for item in found if int(item["expires_at"]["N"]) > time.time())

    def _of_accounts(self, days: Iterable[date], accounts: Iterable[str]) -> Iterator[Sums]:
        keys = [
            {"pk": _sums_key(key), "sk": {"S": account}}
            for day, account in itertools.product(days, accounts)
            for key in day_keys(day)
        ]
        for some in itertools.batched(keys, MOST_READ):
            yield from map(_sums, self._table.read_each(list(some)))

    def _of_days(self, days: Iterable[date]) -> Iterator[Sums]:
        keys = [_sums_key(key) for day in days for key in day_keys(day)]
        for items in at_once(self._with_key, keys, most=MOST_QUERIES):
            yield from map(_sums, items)

    def _with_key(self, key: dict[str, str]) -> list[Item]:
        values = {":key": key}
        found = self._table.query(
            KeyConditionExpression="pk = :key", ExpressionAttributeValues=values
        )
        return list(found)


def leg_item(leg: Leg, version: int, expires: dict[str, str]) -> Item:
    """The item of *leg*, which *expires* at a time in Unix seconds."""
    return {
        **_key(leg),
        **{name: _packed(value) for name, value in asdict(leg).items()},
        "day": {"S": _day_key(leg)},
        "account_day": _account_day(leg.account_id, leg.day),
        "version": {"N": str(version)},
        "expires_at": expires,
    }


def bar_of(seconds: int) -> int:
    """Return the place in `BOUNDS` of a duration."""
    return sum(bound <= seconds for bound in BOUNDS) - 1


def _changes(old: Leg | None, new: Leg, expires: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The changes to the sums of a day, or of two if a leg moves from one to another."""
    by_day: dict[str, Counter[str]] = {new.day: Counter(new.sums)}
    if old:
        by_day.setdefault(old.day, Counter()).subtract(old.sums)
    for day, numbers in by_day.items():
        changed = [(name, by) for name, by in numbers.items() if by]
        if changed:
            shard = day_shard(day, _identity(new))
            key = {"pk": _sums_key(shard), "sk": {"S": new.account_id}}
            yield _addition(key, changed, expires)


def _addition(
    key: Item, changed: Sequence[tuple[str, int]], expires: dict[str, str]
) -> dict[str, Any]:
    adds = ", ".join(f"#{at} :{at}" for at, _ in enumerate(changed))
    return {
        "Key": key,
        "UpdateExpression": f"ADD {adds} SET expires_at = :expires",
        "ExpressionAttributeNames": {f"#{at}": name for at, (name, _) in enumerate(changed)},
        "ExpressionAttributeValues": {
            ":expires": expires,
            **{f":{at}": {"N": str(by)} for at, (_, by) in enumerate(changed)},
        },
    }


def _new(leg: Leg, version: int, expires: dict[str, str]) -> dict[str, Any]:
    put = leg_item(leg, version + 1, expires)
    if not version:
        return {"Item": put, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "Item": put,
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _key(leg: Leg) -> Item:
    return {"pk": {"S": f"leg#{_identity(leg)}"}, "sk": {"S": "leg"}}


def _account_day(account_id: str, day: date | str) -> dict[str, str]:
    return {"S": f"{account_id}#{day}"}


def _identity(leg: Leg) -> str:
    return f"{leg.account_id}#{leg.call_id}"


def _day_key(leg: Leg) -> str:
    """The key with which a leg is stored in the index `by_day`."""
    return day_shard(leg.day, _identity(leg))


def _sums_key(day_key: str) -> dict[str, str]:
    return {"S": f"sums#{day_key}"}


def _sums(item: Item) -> Sums:
    numbers = {
        name: int(value["N"])
        for name, value in item.items()
        if "N" in value and name != "expires_at"
    }
    day = date.fromisoformat(item["pk"]["S"].split("#")[1])
    return Sums(item["sk"]["S"], day, numbers)


def _leg(item: Item) -> Leg:
    found = {each.name: item[each.name] for each in fields(Leg) if each.name in item}
    plain: dict[str, Any] = {
        name: int(value["N"]) if "N" in value else value["S"] for name, value in found.items()
    }
    return Leg(**plain)


def _packed(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _text(value: Value) -> str:
    return str(value)[:MOST_TEXT] if isinstance(value, str | int) else ""


def _whole(value: Value) -> int:
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0
