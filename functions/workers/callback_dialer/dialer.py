"""One run of the callback dialer: serve each queue once.

For each queue, the dialer takes callers who were reached by an earlier call off the list. Then it
claims the callers who are due, and calls them.

Failures and their outcome:

    the worker dies between claim and call   the caller is due again, at the next attempt
    ... between call and note                the same, unless KAZOO reports that they were reached
    Crossbar is down                         nobody is claimed
    Crossbar does not answer a call          the phone may have rung: it counts as an attempt
    Crossbar rejects a call (4xx)            no phone rang: the claim is undone; if the number was
                                             the reason, the caller is given up
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from pivotkit.core import telemetry
from pivotkit.http.parameters import Value
from pivotkit.lookups.callbacks import Callback, CallbackList
from pivotkit.phone.dialing import DialTarget, NumberRefused
from pivotkit.services.upstream import UpstreamDown
from pivotkit.workers.rounds import Rounds
from queues import CallbackQueue
from rules import CallbackRules

BAD_REQUEST = 400


class CallMethod(Protocol):
    """A way to call somebody back. Every method raises `UpstreamDown`."""

    def seats(self, queue: CallbackQueue, called: Sequence[Callback]) -> list[str]:
        """Return the places that callers can be connected to now, one for each call.

        *called* are the callers who were called and not reached. Asks Crossbar, so that nobody is
        claimed while it is down.
        """
        ...

    def call(self, queue: CallbackQueue, seat: str, number: DialTarget) -> Mapping[str, Value]:
        """Connect *number* to *seat*; return what to note about the call."""
        ...

    def reached(self, queue: CallbackQueue, called: Sequence[Callback], at: datetime) -> set[str]:
        """Return the numbers of those in *called* who answered."""
        ...


class Plan(NamedTuple):
    """The method by which an account's callers are called back, and the rules."""

    method: CallMethod
    rules: CallbackRules


class CallbackDialer:
    """Calls back the callers in *queues*, each by the plan of its account."""

    def __init__(
        self, queues: Sequence[CallbackQueue], plan_of: Callable[[CallbackQueue], Plan]
    ) -> None:
        self._queues = queues
        self._plan_of = plan_of
        self._rounds = Rounds()

    def run(self, at: datetime) -> Mapping[str, int]:
        """Serve every queue once. Count the callers `reached`, `called`, and `given_up`.

        A queue that cannot be served stays as it is, and the others are served. Raises its error
        after that, and `StateUnavailable` at once. Queues that had no turn are counted as `left`.
        """
        counts = {"reached": 0, "called": 0, "given_up": 0}

        def serve(queue: CallbackQueue) -> None:
            _QueueRun(queue, *self._plan_of(queue), at, counts).serve()

        left = self._rounds.run(self._queues, serve)
        return counts | ({"left": left} if left else {})


@dataclass(frozen=True)
class _QueueRun:
    """One run for one queue, which adds to *counts*."""

    queue: CallbackQueue
    method: CallMethod
    rules: CallbackRules
    at: datetime
    counts: dict[str, int]

    def serve(self) -> None:
        """Take reached callers off the list, and call those who are due."""
        callbacks = CallbackList(self.queue, self.queue.queue)
        waiting = callbacks.waiting()
        called = [callback for callback in waiting if callback.attempts]
        reached = self.method.reached(self.queue, called, self.at) if called else set()
        for callback in called:
            if callback.number in reached:
                self.counts["reached"] += callbacks.done(callback)
        waiting = [callback for callback in waiting if callback.number not in reached]
        due = [callback for callback in waiting if self.rules.is_due(callback, self.at)]
        if due and self.rules.is_open(self.queue, self.at):
            not_reached = [callback for callback in waiting if callback.attempts]
            self._dial(callbacks, due, not_reached)

    def _dial(
        self, callbacks: CallbackList, due: Sequence[Callback], not_reached: Sequence[Callback]
    ) -> None:
        """Call the first of *due*, as many as there are seats."""
        seats = self.method.seats(self.queue, not_reached)
        if not callbacks.take_turn(self.at):
            return
        for callback in due:
            try:
                target = self.rules.target(self.queue, callback)
            except NumberRefused as refused:
                self._give_up(callbacks, callback, refused.reason)
                continue
            if not seats:
                return
            if self._call(callbacks, callback, target, seats[0]):
                del seats[0]

    def _call(
        self, callbacks: CallbackList, callback: Callback, target: DialTarget, seat: str
    ) -> bool:
        """Claim the caller, so that no other worker calls them; return whether they were called."""
        claimed = callbacks.claim(callback, self.at, seat)
        if claimed is None:
            return False
        try:
            notes = self.method.call(self.queue, seat, target)
        except UpstreamDown as error:
            if error.status == BAD_REQUEST:
                self._give_up(callbacks, claimed, "refused by KAZOO")
                return False
            if error.is_refusal:
                callbacks.put_back(claimed, callback)
            raise
        self.counts["called"] += 1
        if notes:
            callbacks.note(claimed, notes)
        return True

    def _give_up(self, callbacks: CallbackList, callback: Callback, reason: str) -> None:
        if callbacks.give_up(callback, reason, self.at):
            self.counts["given_up"] += 1
            telemetry.count("CallbackGivenUp")
