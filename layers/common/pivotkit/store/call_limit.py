"""A limit on the calls of one account in a minute, over all functions and environments of a stack.

Each execution environment counts in memory. Once it has counted a share of an account's limit, it
adds that to one item of account and minute, and learns from the answer what all have counted. So an
ordinary call waits for no table, a flood costs a bounded number of writes, and what gets through
beyond the limit is less than a share for each environment. A table that cannot be reached limits
nobody but those whose calls here alone are over the limit.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from pivotkit.core import telemetry
from pivotkit.core.deadline import within
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.table import Table

ANSWER_SECONDS = 0.3
"""Seconds that a call waits for the table, when it is the one to report a share."""

AGAIN_SECONDS = 5.0
"""Seconds until a table that could not be reached is asked again."""

MOST_KEPT = 1000
"""The number of accounts that an environment counts in a minute."""

LEAST_SHARE = 4
SHARES = 50
"""An environment reports a fiftieth of the limit at once, and no fewer than four calls."""

MINUTE = 60
KEPT_SECONDS = 10 * MINUTE
"""Seconds after which DynamoDB may delete an item."""


class CallsPerMinute(NamedTuple):
    """The limits of a deployment: that of all accounts, if any, and those of some accounts."""

    of_all: int | None
    of_some: Mapping[str, int]

    @classmethod
    def read(cls, text: str) -> Self:
        """The limits in *text*, such as `600 <account>:2000`.

        Raises `ValueError` with the entry that is none.
        """
        of_all, of_some = None, {}
        for entry in text.replace(",", " ").split():
            account, _, number = entry.rpartition(":")
            if not number.isdecimal() or int(number) < 1:
                rule = "use a number from 1, or <account>:<number>"
                raise ValueError(f"CALLS_PER_MINUTE: {entry!r}: {rule}")
            if account:
                of_some[account] = int(number)
            else:
                of_all = int(number)
        return cls(of_all, of_some)

    def of(self, account_id: str) -> int | None:
        """The limit of an account, or `None`."""
        return self.of_some.get(account_id, self.of_all)


@dataclass(slots=True)
class _Count:
    """Calls of an account in the current minute: in this environment, and in others."""

    here: int = 0
    reported: int = 0
    elsewhere: int = 0

    @property
    def total(self) -> int:
        return self.here + self.elsewhere


class CallLimit:
    """The limits of a deployment, as one execution environment keeps them."""

    def __init__(
        self, limits: CallsPerMinute, table: Table, now: Callable[[], float] = time.time
    ) -> None:
        self._limits = limits
        self._table = table
        self._now = now
        self._minute = 0
        self._counts: dict[str, _Count] = {}
        self._ask_at = 0.0

    @classmethod
    def from_environment(cls) -> Self:
        """The limits in CALLS_PER_MINUTE, counted in the table that CALL_COUNTS_TABLE names."""
        limits = CallsPerMinute.read(os.environ["CALLS_PER_MINUTE"])
        return cls(limits, Table.from_environment("CALL_COUNTS_TABLE"))

    def allow(self, account_id: str) -> bool:
        """Count a call of an account. Returns whether it is within the limit.

        Calls beyond the limit are not counted, and need no table.
        """
        limit = self._limits.of(account_id)
        if limit is None:
            return True
        count = self._count(account_id)
        if count.total >= limit:
            return False
        count.here += 1
        if count.here - count.reported >= share(limit):
            self._report(account_id, count)
        return count.total <= limit

    def _count(self, account_id: str) -> _Count:
        """The count of an account, now its latest; the one unused for longest makes room."""
        minute = int(self._now() // MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        count = self._counts.pop(account_id, None) or _Count()
        self._counts[account_id] = count
        if len(self._counts) > MOST_KEPT:
            del self._counts[next(iter(self._counts))]
        return count

    def _report(self, account_id: str, count: _Count) -> None:
        """Add what is new to the table, and learn what others have counted.

        What may not have arrived is not sent again: nobody is refused for calls counted twice.
        """
        if self._now() < self._ask_at:
            return
        new, count.reported = count.here - count.reported, count.here
        try:
            total = within(ANSWER_SECONDS, lambda: self._add(account_id, new))
        except StateUnavailable:
            self._ask_at = self._now() + AGAIN_SECONDS
            telemetry.count("CallLimitUnavailable")
            telemetry.done("call_limit_unavailable", account_id=account_id)
            return
        count.elsewhere = max(0, total - count.reported)

    def _add(self, account_id: str, new: int) -> int:
        """Add *new* calls to those of the account in this minute, and return all of them."""
        expires_at = (self._minute + 1) * MINUTE + KEPT_SECONDS
        answer = self._table.ask(
            "update_item",
            Key={"pk": {"S": f"{account_id}#{self._minute}"}},
            UpdateExpression="ADD calls :new SET expires_at = :expires",
            ExpressionAttributeValues={
                ":new": {"N": str(new)},
                ":expires": {"N": str(expires_at)},
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["calls"]["N"])


def share(limit: int) -> int:
    """The number of calls that an environment counts before it reports them."""
    return min(limit, max(LEAST_SHARE, limit // SHARES))
