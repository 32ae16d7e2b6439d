"""A model of a deployment under load: calls arrive, functions start, tables take writes.

Modelled are Lambda's limit of concurrent executions, its environments (cold, warm, and gone after
some idle minutes), API Gateway's requests a second, and DynamoDB's writes a second to one key. What
has no queue on AWS has none here: a request over a limit is refused at once. The times of functions
are given.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from pivotkit.store.day_shards import SHARDS

type Course = Generator[simpy.Event, Any, None]
type Answered = Generator[simpy.Event, Any, bool]

STEPS, EVENTS, LEGS = 3, 4, 2
"""Pivot requests, webhooks, and legs of one call; after it comes a CDR."""
LEG_WRITES = 2
"""Writes of a leg to a key of the day's sums: those of a transaction count twice."""
TEMPLATES = 58
KEPT_SECONDS = 300.0
"""An idle environment is kept for about this long."""
CONCURRENCY, API_REQUESTS, KEY_WRITES = 1_000, 10_000, 1_000
"""AWS's published limits: of an account in a region by default, and of one partition key."""
_BETWEEN_STEPS, _CALL_SECONDS = 8.0, 60.0


@dataclass(frozen=True)
class Times:
    """Seconds of a function's first and of its later requests."""

    first: float
    warm: float


@dataclass(frozen=True)
class Load:
    """The load of a busy hour.

    `calls` a second arrive at random, for templates that differ in popularity by Zipf's law; every
    second template keeps a state. `service_seconds` is how long each step waits for a service,
    `flood` the calls a second of one account above its limit, which are refused. Cold starts take
    `cold_factor` times as long as given, and `concurrency` executions are allowed. The model plays
    `seconds`, after as many to warm up.
    """

    calls: float
    service_seconds: float = 0.0
    flood: float = 0.0
    cold_factor: float = 1.0
    concurrency: int = CONCURRENCY
    seconds: float = 60.0


@dataclass
class Observed:
    """Counts of requests, and for each answered step the seconds that its caller waited."""

    requests: int = 0
    cold: int = 0
    refused: int = 0
    executing: int = 0
    by_second: Counter[int] = field(default_factory=Counter)
    writes_by_key: Counter[tuple[int, int]] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def wait(self, share: float) -> float:
        """Return the wait that this *share* of all steps does not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

    def used(self, concurrency: int) -> dict[str, float]:
        """The share of each limit that was used at most; legs share the keys of their day."""
        return {
            "concurrent executions": self.executing / concurrency,
            "requests a second": max(self.by_second.values(), default=0) / API_REQUESTS,
            "writes to a day's key": max(self.writes_by_key.values(), default=0) / KEY_WRITES,
        }


class Deployment:
    """A deployment under a load; *stateless* and *stateful* are the times of its functions."""

    def __init__(self, load: Load, stateless: Times, stateful: Times, seed: int) -> None:
        self._load = load
        self._times = (stateless, stateful)
        self._random = random.Random(seed)  # noqa: S311 a model, no secret
        self._env = simpy.Environment()
        self._idle: dict[int, deque[float]] = defaultdict(deque)
        self._executing = 0
        self._observed = Observed()
        weights = (1 / rank for rank in range(1, TEMPLATES + 1))
        self._popularity = list(itertools.accumulate(weights))

    def run(self) -> Observed:
        """Play the load, first without counting, then counting."""
        self._env.process(self._arrivals(self._load.calls, self._call))
        if self._load.flood:
            self._env.process(self._arrivals(self._load.flood, self._refused_call))
        self._env.run(self._load.seconds)
        self._observed = Observed()
        self._env.run(2 * self._load.seconds)
        return self._observed

    def _arrivals(self, calls: float, course: Callable[[], Course]) -> Course:
        while True:
            yield self._env.timeout(self._random.expovariate(calls))
            self._env.process(course())

    def _call(self) -> Course:
        """A call: steps with the caller's answers between, events meanwhile, and a CDR."""
        (template,) = self._random.choices(range(TEMPLATES), cum_weights=self._popularity)
        self._env.process(self._events())
        for _ in range(STEPS):
            start = self._env.now
            answered = yield from self._request(template, self._load.service_seconds)
            if answered:
                self._observed.waits.append(self._env.now - start)
            yield self._env.timeout(self._random.expovariate(1 / _BETWEEN_STEPS))

    def _events(self) -> Course:
        for _ in range(EVENTS):
            yield from self._request(-1)
            yield self._env.timeout(self._random.expovariate(EVENTS / _CALL_SECONDS))
        for _ in range(LEGS):
            key = self._random.randrange(SHARDS)
            self._observed.writes_by_key[int(self._env.now), key] += LEG_WRITES
        yield from self._request(-3)

    def _refused_call(self) -> Course:
        """A call of the account that is over its limit: refused without state or service."""
        yield from self._request(0)

    def _request(self, function: int, service_seconds: float = 0.0) -> Answered:
        """One request, and whether it was answered; odd numbers are functions that keep a state."""
        seen = self._observed
        seen.requests += 1
        seen.by_second[int(self._env.now)] += 1
        if self._executing >= self._load.concurrency:
            seen.refused += 1
            return False
        self._executing += 1
        seen.executing = max(seen.executing, self._executing)
        yield self._env.timeout(self._start(function) + service_seconds)
        self._executing -= 1
        self._idle[function].append(self._env.now)
        return True

    def _start(self, function: int) -> float:
        """Take an idle environment, or start one; return the seconds of the request in it."""
        times, idle = self._times[function % 2], self._idle[function]
        if idle and idle.pop() > self._env.now - KEPT_SECONDS:
            return times.warm
        idle.clear()  # the one used last has gone, and so have all others
        self._observed.cold += 1
        return times.first * self._load.cold_factor
