"""Faults: whatever fails, callers hear something that KAZOO runs, in time."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import groupby, islice
from queue import SimpleQueue

from pivotctl.project import Function
from pivotctl.stack.faults import Fault as WireFault
from promises.faulty_parts import DOUBLED, DYNAMODB, Fault, of_service, of_settings, of_template
from promises.promise import Outcome, Promise, Run
from promises.stage import Heard, ReadmeCall, Stage

_SINGLE_SECONDS, _DOUBLE_SECONDS = 3.0, 3.5
_MOST_NAMED = 5
_STAGES_PER_PROCESSOR = 2
"""Most of a try is waiting."""


@dataclass(frozen=True)
class Try:
    """One try: a fault during a call, or of DynamoDB during the request *step*, or both."""

    function: Function
    call: ReadmeCall
    fault: Fault | None = None
    dynamodb: str = ""
    step: int = 0

    @property
    def is_double(self) -> bool:
        """Whether two parts fail at once."""
        return bool(self.fault and self.dynamodb)

    @property
    def kind(self) -> tuple[str, str]:
        """The fault; that of any service counts as one."""
        return self.dynamodb, self.fault.name if self.fault else ""

    @property
    def limit(self) -> float:
        """Seconds within which every answer must come."""
        return _DOUBLE_SECONDS if self.is_double else _SINGLE_SECONDS

    def __str__(self) -> str:
        parts = [self.dynamodb, str(self.fault or "")]
        return f"{self.function.name}: {' and '.join(filter(None, parts))}"

    def run(self, stage: Stage) -> list[Heard]:
        """Play the call, and return the answers that count."""
        stage.reset(self.function)
        with ExitStack() as failing:
            failing.enter_context(stage.varied(self.call.variant))
            if self.fault:
                failing.enter_context(self.fault.on(stage, self.function))
            elif self.call.variant:
                failing.enter_context(stage.started(self.function))
            else:
                stage.warm(self.function)
            if not self.dynamodb:
                return stage.hear(self.function, self.call)
            fault: WireFault = DYNAMODB[self.dynamodb]
            wire = partial(stage.stack.dynamodb.failing, fault)
            return stage.hear_at(self.function, self.call, self.step, wire)


@dataclass(frozen=True)
class Tried:
    """A try and its answers."""

    what: Try
    heard: tuple[Heard, ...]
    repeated: bool = False

    @property
    def refused(self) -> bool:
        """Whether the function did not start, and KAZOO was told so at once."""
        may_refuse = bool(self.what.fault and self.what.fault.may_refuse)
        return may_refuse and all(each.falls_back for each in self.heard)

    @property
    def executes(self) -> bool:
        """Whether KAZOO runs every answer."""
        return bool(self.heard) and all(each.executes for each in self.heard)

    @property
    def seconds(self) -> float:
        """The time of the slowest answer."""
        return max((each.seconds for each in self.heard), default=0.0)

    @property
    def in_time(self) -> bool:
        """Whether every answer came in time; one that is not started has no time."""
        return self.refused or (bool(self.heard) and self.seconds <= self.what.limit)

    def __str__(self) -> str:
        worst = next((each for each in self.heard if not each.executes), None)
        said = f", {worst.status} {'; '.join(worst.problems)[:120]}" if worst else ""
        return f"{self.what} ({self.seconds:.2f} s{said})"


# -- the tries of a template -----------------------------------------------------------------------


def tries_of(stage: Stage, function: Function) -> Iterator[Try]:
    """Yield every try of a template: first those of one fault, then those of two."""
    stage.reset(function)
    calls = list(chosen(list(stage.calls(function))))
    first = calls[0]
    for fault in (*of_template(), *of_settings(function)):
        yield Try(function, first, fault)
    for name in DYNAMODB:
        for call in calls:
            for step in _steps(call):
                yield Try(function, call, None, name, step)
    for call, service in _asked(calls):
        for fault in of_service(service):
            yield Try(function, call, fault)
            yield from _doubled(function, call, service, fault)


def chosen(calls: Sequence[ReadmeCall]) -> Iterator[ReadmeCall]:
    """Yield the first call, and those that ask a service which no earlier one asks."""
    known: frozenset[str] = frozenset()
    for number, call in enumerate(calls):
        if number == 0 or call.services - known:
            yield call
        known |= call.services


def _steps(call: ReadmeCall) -> list[int]:
    """The requests in which DynamoDB is asked; the first one of a template that never asks.

    Those of a variant differ from them in the services alone.
    """
    if call.variant:
        return []
    return [step.number for step in call.steps if step.asks_dynamodb] or [0]


def _asked(calls: Sequence[ReadmeCall]) -> Iterator[tuple[ReadmeCall, str]]:
    """Yield each service with the first call that asks it."""
    first = {name: call for call in reversed(calls) for name in call.services}
    yield from ((call, name) for name, call in sorted(first.items()))


def _doubled(function: Function, call: ReadmeCall, service: str, fault: Fault) -> Iterator[Try]:
    """Yield the tries in which DynamoDB fails in the request that asks the *service*."""
    at = next(step for step in call.steps if service in step.services)
    if at.asks_dynamodb and fault.doubled and not call.variant:
        for name in sorted(DOUBLED):
            yield Try(function, call, fault, name, at.number)


# -- the run ---------------------------------------------------------------------------------------


@cache
def tried(run: Run) -> tuple[Tried, ...]:
    """Every try of every template, made once in a run; a smaller scale makes a random part."""
    functions = [each for each in run.project.functions.values() if each.kind == "pivot"]
    count = _STAGES_PER_PROCESSOR * (os.cpu_count() or 1)
    with ExitStack() as opened:
        stages: SimpleQueue[Stage] = SimpleQueue()
        for _ in range(count):
            stage = Stage.opened(run.project, [each.name for each in functions])
            stages.put(opened.enter_context(stage))
        threads = opened.enter_context(ThreadPoolExecutor(count))
        planned = threads.map(partial(_on, stages, _planned), functions)
        chosen_tries = [each for tries in planned for each in _sample(run, tries)]
        run.say(f"{len(chosen_tries)} tries")
        made = list(_shown(run, threads.map(partial(_on, stages, _made), chosen_tries)))
        return tuple(each if each.in_time else _on(stages, _again, each) for each in made)


def _on[T, R](stages: SimpleQueue[Stage], work: Callable[[Stage, T], R], item: T) -> R:
    """Work on an *item* on a stage that is free."""
    stage = stages.get()
    try:
        return work(stage, item)
    finally:
        stages.put(stage)


def _planned(stage: Stage, function: Function) -> list[Try]:
    return list(tries_of(stage, function))


def _made(stage: Stage, what: Try) -> Tried:
    return Tried(what, tuple(what.run(stage)))


def _again(stage: Stage, late: Tried) -> Tried:
    """Repeat a try that was late, alone: the others may have kept it from the processors."""
    return replace(_made(stage, late.what), repeated=True)


def _sample(run: Run, tries: list[Try]) -> list[Try]:
    """The part of the tries that this run makes, in their order."""
    chance = random.Random(run.seed)  # noqa: S311
    places = chance.sample(range(len(tries)), run.count(len(tries)))
    return [tries[place] for place in sorted(places)]


def _shown(run: Run, made: Iterator[Tried]) -> Iterator[Tried]:
    """Show the progress, a line for each template."""
    for _, group in groupby(made, key=lambda each: each.what.function.name):
        every = list(group)
        held = sum((each.executes or each.refused) and each.in_time for each in every)
        run.say(f"{every[0].what.function.name}: {held} of {len(every)} tries")
        yield from every


def executed(every: Sequence[Tried], run: Run) -> Outcome:
    """Count the tries after which KAZOO runs every answer."""
    missed = [each for each in every if not (each.executes or each.refused)]
    refused = sum(each.refused for each in every)
    templates = len({each.what.function.name for each in every})
    faults = len({each.what.kind for each in every})
    answers = sum(len(each.heard) for each in every)
    figure = (
        f"{len(every) - len(missed)} of {len(every)} tries ({templates} templates, {faults} faults,"
        f" {answers} answers); in {refused} of them, wrong settings of the deployment kept the "
        f"function from starting, and KAZOO went on with the `_` child{_named(run, missed)}"
    )
    return Outcome(figure, held=bool(every) and not missed)


def in_time(every: Sequence[Tried], run: Run, *, double: bool) -> Outcome:
    """Count the tries of one fault, or of two, in which every answer came in time."""
    those = [each for each in every if each.what.is_double is double and not each.refused]
    if not those:
        return Outcome("nothing was tried", held=False)
    missed = [each for each in those if not each.in_time]
    slowest = max(those, key=lambda each: each.seconds)
    repeated = sum(each.repeated for each in those)
    figure = (
        f"{len(those) - len(missed)} of {len(those)} tries; the slowest answer took "
        f"{slowest.seconds:.2f} s ({slowest.what}); {repeated} were late among others and were "
        f"tried again alone{_named(run, missed)}"
    )
    return Outcome(figure, not missed)


def _named(run: Run, missed: Sequence[Tried]) -> str:
    """The tries that were not held: some in the figure, all in the progress."""
    for each in missed:
        run.say(f"not held: {each}")
    if not missed:
        return ""
    return "; not held: " + ", ".join(str(each) for each in islice(missed, _MOST_NAMED))


_TRIED = (
    "The calls of the READMEs, through our gateway and AWS's runtime interface emulator, with real "
    "sockets and Lambda's limits."
)
PROMISES = (
    Promise(
        "R1",
        "Whatever fails, every request of a call is answered with 200 and a flow that KAZOO runs; "
        "where a wrong setting keeps a function from starting, KAZOO goes on at once.",
        f"{_TRIED} DynamoDB fails in 8 ways in each request that asks it, each service in 9, "
        "settings and secrets in 9, the template itself in 5.",
        "all",
        lambda run: executed(tried(run), run),
    ),
    Promise(
        "R2",
        "The answer comes in time while one part fails.",
        "The same tries, timed at the gateway as KAZOO waits for it, functions warm; some at a "
        "time, and those that were late once more alone.",
        f"at most {_SINGLE_SECONDS} s",
        lambda run: in_time(tried(run), run, double=False),
    ),
    Promise(
        "R2d",
        "The answer comes in time while DynamoDB and a service fail at once.",
        "Every fault of DynamoDB with every fault of a service, in the request that asks both.",
        f"at most {_DOUBLE_SECONDS} s",
        lambda run: in_time(tried(run), run, double=True),
    ),
)
