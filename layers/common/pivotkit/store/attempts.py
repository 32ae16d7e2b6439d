"""Limits on attempts across calls: a number of attempts in a period, for each account and subject.

An attempt is counted before it is judged, under a key of its own. Neither concurrent callers nor a
repeated request therefore get more attempts, or fewer, than the limit.
"""

import time
from collections.abc import Iterable
from typing import Any

from pivotkit.store import Item, Owned
from pivotkit.store.table import Table, Written

EVERY = "*"
"""No account's ID: the attempts of all accounts together."""

_RACES = 5


class Attempts:
    """At most *limit* attempts in *seconds*, counted in the CallState table."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._table = Table.from_environment("CALL_STATE_TABLE")

    def of(self, owner: Owned) -> "AccountAttempts":
        """The attempts in the account that *owner* belongs to, such as a call."""
        return AccountAttempts(self._table, self._limit, self._seconds, owner.account_id)

    def of_all(self) -> "AccountAttempts":
        """The attempts of all accounts together, such as texts to a number outside of them."""
        return AccountAttempts(self._table, self._limit, self._seconds, EVERY)


class AccountAttempts:
    """The attempts in one account, by subject: a PIN, a number, a caller."""

    def __init__(self, table: Table, limit: int, seconds: int, account_id: str) -> None:
        self._table = table
        self._limit = limit
        self._seconds = seconds
        self._account_id = account_id

    def allow(self, subject: str, key: str) -> bool:
        """Count the attempt *key* of *subject*. Returns whether it is within the limit.

        The same key is counted once. Takes one round trip, and a second one for a first attempt or
        when old attempts have to make room. Raises `StateUnavailable`.
        """
        return bool(self.count(subject, key))

    def count(self, subject: str, key: str) -> frozenset[str]:
        """Do the same as `allow`; return the keys of all attempts that count, with this one.

        Empty if the attempt is beyond the limit: then it does not count.
        """
        now = int(time.time())
        for _ in range(_RACES if self._limit > 0 else 0):
            allowed, item = self._count(subject, key, now)
            tries = _tries(item, now)
            if allowed:
                return frozenset(tries)
            old = [name for name, at in tries.items() if at <= now - self._seconds]
            if tries and not old:
                break
            allowed, item = self._make_room(subject, key, old, now)
            if allowed:
                return frozenset(_tries(item, now))
        return frozenset()

    def take_back(self, subject: str, keys: Iterable[str]) -> None:
        """Count the attempts *keys* of *subject* no longer, and all others still. One round trip.

        Raises `StateUnavailable`.
        """
        names = {f"#try{at}": key for at, key in enumerate(keys)}
        self._table.write(
            "update_item",
            Key=self._key(subject),
            UpdateExpression=f"REMOVE {', '.join(f'tries.{name}' for name in names)}",
            ConditionExpression="attribute_exists(tries)",
            ExpressionAttributeNames=names,
        )

    def _count(self, subject: str, key: str, now: int) -> Written:
        room = "(size(tries) < :limit OR attribute_exists(tries.#try))"
        return self._update(
            subject,
            "SET tries.#try = if_not_exists(tries.#try, :now), expires_at = :expires",
            f"attribute_exists(tries) AND expires_at > :now AND {room}",
            {"#try": key},
            {":now": now, ":expires": now + self._seconds, ":limit": self._limit},
        )

    def _make_room(self, subject: str, key: str, old: list[str], now: int) -> Written:
        """Begin a new list of attempts, or remove the old ones from it."""
        if not old:
            condition = "attribute_not_exists(pk) OR expires_at <= :now"
            values = {":now": now, ":tries": {key: now}, ":expires": now + self._seconds}
            return self._update(
                subject, "SET tries = :tries, expires_at = :expires", condition, {}, values
            )
        names = {f"#old{at}": name for at, name in enumerate(old)}
        update = (
            "SET tries.#try = :now, expires_at = :expires "
            f"REMOVE {', '.join(f'tries.{name}' for name in names)}"
        )
        condition = " AND ".join(f"attribute_exists(tries.{name})" for name in names)
        values = {":now": now, ":expires": now + self._seconds}
        return self._update(subject, update, condition, {**names, "#try": key}, values)

    def _update(
        self,
        subject: str,
        update: str,
        condition: str,
        names: dict[str, str],
        values: dict[str, Any],
    ) -> Written:
        request: dict[str, Any] = {
            "Key": self._key(subject),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {name: _packed(value) for name, value in values.items()},
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if names:
            request["ExpressionAttributeNames"] = names
        return self._table.write("update_item", **request)

    def _key(self, subject: str) -> Item:
        return {"pk": {"S": f"attempts#{self._account_id}#{subject}"}}


def _packed(value: int | dict[str, int]) -> dict[str, Any]:
    if isinstance(value, int):
        return {"N": str(value)}
    return {"M": {name: _packed(item) for name, item in value.items()}}


def _tries(item: Item, now: int) -> dict[str, int]:
    if int(item.get("expires_at", {}).get("N", 0)) <= now:
        return {}
    return {name: int(at["N"]) for name, at in item["tries"]["M"].items()}
