"""Legs that have ended, and their sums by account and day: what the console's pages show of CDRs.

A leg is one item, and each account has one item a day (UTC) with the sums over its legs. Both are
written in one transaction, so a leg counts once, however often and in whatever order its deliveries
come; a leg whose record has changed counts as it is now. Everything is found by its key or by one
of two indexes, by account and day, and by day.

    pk "leg#<account>#<call id>"    sk "leg"        the leg, as text and numbers
    pk "sums#2026-01-15"            sk "<account>"  numbers by name: `calls:13`, `cost:USD:France`
"""

import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Self

from pivotkit.core.errors import StateUnavailable
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.table import Table

DAY_SECONDS = 86_400
BOUNDS = (0, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""The seconds from which each bar of the durations begins."""

MOST_TEXT = 200
MOST_READ = 100
"""Items of one request to DynamoDB that reads by key."""

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


class Legs(NamedTuple):
    """A page of legs, the latest first, and the key that the next one begins after, if any."""

    legs: list[Leg]
    after: dict[str, Any] | None


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

    def legs(
        self, day: date, account_id: str = "", *, limit: int, after: dict[str, Any] | None = None
    ) -> Legs:
        """Return legs that ended on *day* (UTC), of an account or of all. One round trip."""
        index, key, text = ("by_day", "day", day.isoformat())
        if account_id:
            index, key, text = ("by_account", "account_day", f"{account_id}#{day}")
        found = self._table.ask(
            "query",
            IndexName=index,
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":key": {"S": text}},
            ScanIndexForward=False,
            Limit=limit,
            **({"ExclusiveStartKey": after} if after else {}),
        )
        alive = [item for item in found["Items"] if int(item["expires_at"]["N"]) > time.time()]
        return Legs([_leg(item) for item in alive], found.get("LastEvaluatedKey"))

    def sums(self, days: Sequence[date], accounts: Sequence[str] = ()) -> Iterator[Sums]:
        """The sums of each of *days*, of some accounts or of all of them.

        Takes a round trip a day for all accounts, and one for a hundred days and accounts else.
        """
        if not accounts:
            for day in days:
                yield from self._of_day(day)
            return
        keys = [{"pk": _sums_of(day), "sk": {"S": each}} for day in days for each in accounts]
        for at in range(0, len(keys), MOST_READ):
            yield from map(_sums, self._table.read_each(keys[at : at + MOST_READ]))

    def _of_day(self, day: date) -> Iterator[Sums]:
        found = self._table.query(
            KeyConditionExpression="pk = :day", ExpressionAttributeValues={":day": _sums_of(day)}
        )
        return map(_sums, found)


def leg_item(leg: Leg, version: int, expires: dict[str, str]) -> Item:
    """The item of *leg*, which *expires* at a time in Unix seconds."""
    return {
        **_key(leg),
        **{name: _packed(value) for name, value in asdict(leg).items()},
        "day": {"S": leg.day},
        "account_day": {"S": f"{leg.account_id}#{leg.day}"},
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
            yield _addition(day, new.account_id, changed, expires)


def _addition(
    day: str, account_id: str, changed: Sequence[tuple[str, int]], expires: dict[str, str]
) -> dict[str, Any]:
    adds = ", ".join(f"#{at} :{at}" for at, _ in enumerate(changed))
    return {
        "Key": {"pk": _sums_of(day), "sk": {"S": account_id}},
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
    return {"pk": {"S": f"leg#{leg.account_id}#{leg.call_id}"}, "sk": {"S": "leg"}}


def _sums_of(day: date | str) -> dict[str, str]:
    return {"S": f"sums#{day}"}


def _sums(item: Item) -> Sums:
    numbers = {
        name: int(value["N"])
        for name, value in item.items()
        if "N" in value and name != "expires_at"
    }
    day = date.fromisoformat(item["pk"]["S"].partition("#")[2])
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
