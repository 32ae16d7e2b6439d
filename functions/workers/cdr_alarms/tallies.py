"""Sums by account and window of time. What is added twice under one key counts once.

Sums are items of CallState, and expire six weeks after the last addition:

    tally#<account>#<window>    a number `sum:<name>` for each sum
    tallied#<key>               the mark of an addition
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pivotkit.core.errors import StateUnavailable
from pivotkit.store.table import Table

KEPT_SECONDS = 42 * 86_400
"""The life of sums and marks: an addition that is repeated later counts twice."""

_SUM = "sum:"
_ATTEMPTS = 8
_PAUSE_SECONDS = 0.05

type Sums = Mapping[str, int]


class TallyBusy(Exception):
    """Raised when other transactions kept conflicting with this one: add again later."""


class Tallies:
    """The sums of all accounts. Methods raise `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("CALL_STATE_TABLE")

    def add(self, key: str, account: str, amounts: Mapping[str, Sums]) -> bool:
        """Add *amounts*, by window and name, unless *key* was used; return whether it was new.

        Sums and mark are written in one transaction. A transaction that conflicts with others is
        tried again, and raises `TallyBusy` in the end.
        """
        expires = {"N": str(int(time.time()) + KEPT_SECONDS)}
        steps = [self._mark_step(key, expires)]
        steps += [
            self._sum_step(account, window, sums, expires) for window, sums in amounts.items()
        ]
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._write(steps)
            except TallyBusy:
                time.sleep(attempt * random.uniform(0, _PAUSE_SECONDS))  # noqa: S311
        return self._write(steps)

    def _write(self, steps: Sequence[Mapping[str, Mapping[str, Any]]]) -> bool:
        reasons = self._table.transact(*steps)
        if reasons[:1] == ["ConditionalCheckFailed"]:
            return False
        if "TransactionConflict" in reasons:
            raise TallyBusy
        if reasons:
            raise StateUnavailable(", ".join(reasons))
        return True

    def of(self, account: str, windows: Sequence[str]) -> list[Sums]:
        """Return the sums of each of *windows* by name, in one round trip.

        The read is consistent: it includes all earlier additions.
        """
        names = [_sum_key(account, window) for window in windows]
        items = self._table.read_each([{"pk": {"S": name}} for name in names], consistent=True)
        found = {item["pk"]["S"]: _sums(item) for item in items}
        return [found.get(name, {}) for name in names]

    def _mark_step(self, key: str, expires: Mapping[str, str]) -> dict[str, Any]:
        put = {
            "Item": {"pk": {"S": f"tallied#{key}"}, "expires_at": expires},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        return {"Put": put}

    def _sum_step(
        self, account: str, window: str, sums: Sums, expires: Mapping[str, str]
    ) -> dict[str, Any]:
        terms = ", ".join(f"#n{place} :n{place}" for place in range(len(sums)))
        names = {f"#n{place}": f"{_SUM}{name}" for place, name in enumerate(sums)}
        values = {f":n{place}": {"N": str(by)} for place, by in enumerate(sums.values())}
        update = {
            "Key": {"pk": {"S": _sum_key(account, window)}},
            "UpdateExpression": f"SET expires_at = :expires ADD {terms}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":expires": expires, **values},
        }
        return {"Update": update}


def _sum_key(account: str, window: str) -> str:
    return f"tally#{account}#{window}"


def _sums(item: Mapping[str, Any]) -> dict[str, int]:
    return {
        name.removeprefix(_SUM): int(value["N"])
        for name, value in item.items()
        if name.startswith(_SUM)
    }
