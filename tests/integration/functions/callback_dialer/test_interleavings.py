"""Two callback dialers at once: any order of steps, any lost request, any death on the way."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.workers.callback_dialer.click_to_call import ClickToCall
from pivotctl import crossbar as played
from pivotctl.switch.world import Rung
from pivotkit.calls.call import Call
from pivotkit.lookups.callbacks import Callbacks
from pivotkit.services.upstream import UpstreamAnswer, UpstreamDown
from pivotkit.store.directory import Directory
from tests.integration.functions.callback_dialer.lists import (
    ANN,
    ATTEMPTS,
    BOB,
    MINUTE,
    NOON,
    QUEUE,
    RETRY,
    SERVED,
    InProcess,
    asks,
    dialer,
    listed,
)
from tests.integration.functions.callback_dialer.stepped import (
    Fate,
    Worker,
    database_in_steps,
    this_worker,
)

MANY, FEW = 500, 15
LOST = UpstreamDown("crossbar", "no answer in 10.0 s")

type Attempt = tuple[str, int, int]
"""A number, its ticket, and the number of the attempt."""


@dataclass
class Ledger:
    """The history of a play: attempts that were claimed, rung, and answered."""

    claims: dict[tuple[Worker, str], Attempt] = field(default_factory=dict)
    claimed: list[Attempt] = field(default_factory=list)
    rung: list[Attempt] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)
    cancelled: set[int] = field(default_factory=set)
    joined: dict[int, str] = field(default_factory=dict)

    def note(self, worker: Worker, params: Any) -> None:
        """Note a successful request to DynamoDB, if it is a claim."""
        entry = params.get("ExpressionAttributeValues", {}).get(":new", {}).get("M", {})
        if "called_at" not in entry or "call_id" in entry:
            return
        number = entry["number"]["S"]
        attempt = (number, int(entry["ticket"]["N"]), int(entry["attempts"]["N"]))
        self.claims[worker, number] = attempt
        self.claimed.append(attempt)


class Stepped(InProcess):
    """A Crossbar that waits at each request, and notes its calls."""

    def __init__(self, kazoo: played.LocalCrossbar, ledger: Ledger) -> None:
        super().__init__(kazoo)
        self._ledger = ledger

    def get(self, path: str, **query: str) -> UpstreamAnswer:
        """The answer of Crossbar, if it gives one."""
        worker = this_worker()
        worker.before(path.rpartition("/")[2], LOST)
        answer = super().get(path, **query)
        if path.endswith("/connect"):
            self._rings(worker, "+" + query["contact"].removeprefix("00"))
        worker.after(LOST)
        return answer

    def _rings(self, worker: Worker, number: str) -> None:
        attempt = self._ledger.claims[worker, number]
        assert attempt[1] not in self._ledger.answered, "the caller was reached before"
        self._ledger.rung.append(attempt)
        if self.kazoo.phones.rung[-1] != number:  # the queue is rung after the caller
            self._ledger.answered.add(attempt[1])


CANCELS, JOINS = "the caller cancels", "the caller joins"


@dataclass(frozen=True)
class Round:
    """Two workers, the second at the same time or `apart` minutes later.

    Each of `steps` is the worker that goes on, or a change of Ann's mind. `faults` are the fates of
    the first request of a kind. After that the workers finish in turn, and `minutes` go by.
    """

    apart: int
    steps: Sequence[int | str]
    faults: Mapping[str, Fate]
    minutes: int


REQUESTS = ("Query", "GetItem", "UpdateItem", "PutItem", "DeleteItem", "history", "connect")
ROUNDS = st.builds(
    Round,
    apart=st.integers(0, 1),
    steps=st.lists(st.sampled_from([0, 1] * 3 + [CANCELS, JOINS]), max_size=30),
    faults=st.dictionaries(st.sampled_from(REQUESTS), st.sampled_from(Fate), max_size=2),
    minutes=st.sampled_from([2, RETRY]),
)
OUTCOMES = st.lists(
    st.sampled_from([Rung.ANSWERED, Rung.BUSY, Rung.NO_ANSWER]), min_size=1, max_size=4
)


class Play:
    """A list, a KAZOO, and rounds of workers."""

    def __init__(self, outcomes: Mapping[str, Sequence[Rung]]) -> None:
        for kind in ("callback", "callback_turn", "callback_given_up"):
            entries = Directory(kind).of(SERVED)
            for key in entries.entries():
                entries.delete(key)
        self.ledger = Ledger()
        self.now = NOON
        self._here = threading.local()
        self.kazoo = played.LocalCrossbar(clock=self._time)
        self.kazoo.phones.outcomes = {number: tuple(each) for number, each in outcomes.items()}
        for number in (ANN, BOB):
            self._joins(number)
        self.now += MINUTE

    def _time(self) -> float:
        """The time of the worker that asks: each has its own minute."""
        now: datetime = getattr(self._here, "now", self.now)
        return now.timestamp()

    def _joins(self, number: str) -> None:
        if number not in listed():
            ticket = len(self.ledger.joined) + 1
            self.ledger.joined[ticket] = number
            asks(number, ticket, self.now)

    def _cancels(self, number: str) -> None:
        if entry := listed().get(number):
            self.ledger.cancelled.add(int(str(entry["ticket"])))
            Callbacks(QUEUE, "US", hours=1).cancel(Call(SERVED.account_id, "c1", "kazoo"), number)

    def _work(self, minutes: int) -> object:
        self._here.now = self.now + minutes * MINUTE
        method = ClickToCall(Stepped(self.kazoo, self.ledger), home="US", most_calls=2)
        return dialer(method).run(self._here.now)

    def play(self, part: Round) -> None:
        """Run both workers to the end, in the steps of *part* and then in turn."""
        workers = [Worker(lambda: self._work(0)), Worker(lambda: self._work(part.apart))]
        faults = dict(part.faults)
        for step in part.steps:
            if isinstance(step, str):
                {CANCELS: self._cancels, JOINS: self._joins}[step](ANN)
            elif not workers[step].over:
                workers[step].step(faults.pop(workers[step].request, Fate.ANSWERED))
        for worker in workers:
            _finish(worker, faults)
        self.now += part.minutes * MINUTE

    def calm_down(self) -> None:
        """Go on without faults until nobody can be waiting any longer."""
        for _ in range(2 * ATTEMPTS + 2):
            _finish(Worker(lambda: self._work(0)), {})
            self.now += (RETRY + 1) * MINUTE / 2


def _finish(worker: Worker, faults: dict[str, Fate]) -> None:
    while not worker.over:
        worker.step(faults.pop(worker.request, Fate.ANSWERED))


def check(rounds: Sequence[Round], outcomes: Mapping[str, Sequence[Rung]]) -> None:
    """Check that nobody is called twice for one attempt, and that nobody is forgotten."""
    play = Play(outcomes)
    ledger = play.ledger
    with database_in_steps(ledger.note):
        for part in rounds:
            play.play(part)
        play.calm_down()
    assert len(set(ledger.claimed)) == len(ledger.claimed)
    assert len(set(ledger.rung)) == len(ledger.rung)
    assert listed() == {}
    reasons = Directory("callback_given_up").of(SERVED).entries().values()
    given_up = {int(str(entry["ticket"])): entry for entry in reasons}
    served = ledger.answered | ledger.cancelled | given_up.keys()
    assert served == ledger.joined.keys()
    assert all(entry["attempts"] == ATTEMPTS for entry in given_up.values())


OF_BOTH = st.fixed_dictionaries({ANN: OUTCOMES, BOB: OUTCOMES})
SUITED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=FEW, deadline=None, suppress_health_check=SUITED)
@given(rounds=st.lists(ROUNDS, min_size=1, max_size=3), outcomes=OF_BOTH)
def test_any_interleaving(
    tables: Mapping[str, str], rounds: Sequence[Round], outcomes: Mapping[str, Sequence[Rung]]
) -> None:
    """An attempt is one call, and all callers are reached, given up with a reason, or cancelled."""
    assert tables
    check(rounds, outcomes)


@pytest.mark.long
@settings(max_examples=MANY, deadline=None, suppress_health_check=SUITED)
@given(rounds=st.lists(ROUNDS, min_size=1, max_size=4), outcomes=OF_BOTH)
def test_many_interleavings(
    tables: Mapping[str, str], rounds: Sequence[Round], outcomes: Mapping[str, Sequence[Rung]]
) -> None:
    """The same, with many more examples."""
    assert tables
    check(rounds, outcomes)
