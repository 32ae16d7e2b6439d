"""Turns of accounts in scheduled work, so that none is left out for ever.

A run has the time that Lambda gives it. When that is over it stops, and the next run begins with
the account whose turn it was. The place is an item of CallState, `turn#<function>`, which only runs
that stop early write, and those that go on from there.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pivotkit.core import faults, telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.table import Table
from pivotkit.workers import worker as workers
from pivotkit.workers.worker import OutOfTime

LEAST_SECONDS = 5.0
"""Seconds without which no account's turn begins."""

_KEPT_SECONDS = 30 * 86_400


class Place(NamedTuple):
    """The account whose turn it is, '' for the first, in the round of *task*."""

    turn: str = ""
    task: str = ""


class Rounds:
    """The rounds of the current function. Methods raise `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("CALL_STATE_TABLE")
        self._key = {"pk": {"S": f"turn#{telemetry.service()}"}}

    def run[T: tuple[str, ...]](
        self, owners: Sequence[T], work: Callable[[T], object], *, task: str = ""
    ) -> int:
        """Do *work* for each of *owners*; return how many had no turn.

        They go first in the next run. With a *task*, such as a day to export, each has one turn in
        its round: the next run with that task does the rest. Raises the last error of *work* after
        the others had their turns, and `OutOfTime` for one that Lambda's time-out would have ended.
        """
        place = self.place()
        order = _in_order(owners, place, task)
        round_ = _Round(work)
        rest = round_.go(order)
        after = Place(_name(rest[0]), task) if rest else Place()
        if after != place:
            self._remember(after)
        if rest:
            telemetry.count("RunUnfinished")
        if round_.failure:
            raise round_.failure
        return len(rest)

    def place(self) -> Place:
        """Return where the last run stopped; the place of a finished one is empty."""
        found = self._table.ask("get_item", Key=self._key, ConsistentRead=True).get("Item")
        if not found or int(found["expires_at"]["N"]) <= time.time():
            return Place()
        return Place(found["turn"]["S"], found["task"]["S"])

    def _remember(self, place: Place) -> None:
        expires = {"N": str(int(time.time()) + _KEPT_SECONDS)}
        item = {"turn": {"S": place.turn}, "task": {"S": place.task}, "expires_at": expires}
        self._table.ask("put_item", Item={**self._key, **item})


class _Round[T: tuple[str, ...]]:
    """One run; `failure` is the last error."""

    def __init__(self, work: Callable[[T], object]) -> None:
        self._work = work
        self.failure: Exception | None = None

    def go(self, order: Sequence[T]) -> Sequence[T]:
        """Give each a turn, and return those that had none."""
        for number, owner in enumerate(order):
            if workers.time_left() < LEAST_SECONDS:
                return order[number:]
            try:
                _in_time(self._work, owner)
            except StateUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  (one account does not stop the others)
                self._note(owner, error)
        return ()

    def _note(self, owner: T, error: Exception) -> None:
        self.failure = error
        extra = {"for": _name(owner), **faults.fault(error), **faults.details(error)}
        telemetry.logger().error("turn failed", extra=extra)


def _in_time[T](work: Callable[[T], object], owner: T) -> None:
    """Do *work*, and end it in time to note where. Raises `OutOfTime`."""
    left = workers.time_left()
    if left == math.inf:
        work(owner)
        return
    limit = Deadline(left)
    try:
        with limit:
            work(owner)
    except DeadlineExceeded as error:
        limit.stop()
        after_cut()
        raise OutOfTime(f"not done in {left:.1f} s") from error


def _in_order[T: tuple[str, ...]](owners: Sequence[T], place: Place, task: str) -> Sequence[T]:
    """Return *owners* from the one at *place* on, and without a *task* then the others."""
    names = [_name(each) for each in owners]
    if place.task != task or place.turn not in names:
        return owners
    first = names.index(place.turn)
    return [*owners[first:], *(() if task else owners[:first])]


def _name(owner: tuple[str, ...]) -> str:
    return "/".join(owner)
