"""Runs of hostile requests, over all templates and some processes at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue

from pivotctl.project import Function
from promises.hostile import TEXTS, Dialer, driven, faults_of, raw_requests, requests_with
from promises.promise import Outcome, Run
from promises.stage import Stage

REQUESTS = 100_000
_STATELESS_SHARE = 8
"""Requests to a template without state for each to one with it, which takes ten times as long."""

_CALLS_BEFORE_RESET = 10
"""Then counters of attempts would refuse every further number before it is looked at."""

_MOST_NAMED = 5

type Work[R] = Callable[[Stage, Function], R]


def on_stages[R](run: Run, work: Work[R]) -> list[R]:
    """Do *work* with every Pivot template, on as many stages as there are processors."""
    functions = [each for each in run.project.functions.values() if each.kind == "pivot"]
    count = os.cpu_count() or 1
    with ExitStack() as opened:
        stages: SimpleQueue[Stage] = SimpleQueue()
        for _ in range(count):
            stage = Stage.opened(run.project, [each.name for each in functions])
            stages.put(opened.enter_context(stage))
        threads = opened.enter_context(ThreadPoolExecutor(count))

        def one(function: Function) -> R:
            stage = stages.get()
            try:
                return work(stage, function)
            finally:
                stages.put(stage)

        return list(threads.map(one, functions))


def numbers(run: Run) -> Outcome:
    """Send requests full of numbers, and count the numbers that an answer has KAZOO dial."""
    share = _shares(run)

    def work(stage: Stage, function: Function) -> Dialer:
        with driven(stage, function) as here:
            dialer = Dialer.of(here, f"{run.seed} {function.name}")
            call = 0
            while here.requests < share[function.name]:
                if call % _CALLS_BEFORE_RESET == 0 and _is_stateful(function):
                    stage.reset(function)
                dialer.call(call)
                call += 1
        run.say(f"{function.name}: {here.requests} requests, {dialer.dialed} numbers dialed")
        return dialer

    every = on_stages(run, work)
    return _outcome(
        f"{sum(each.here.requests for each in every)} requests to {len(every)} templates: "
        f"{sum(each.dialed for each in every)} numbers dialed",
        [said for each in every for said in each.found],
    )


def _shares(run: Run) -> dict[str, int]:
    """The requests for each template."""
    functions = [each for each in run.project.functions.values() if each.kind == "pivot"]
    weights = {each.name: 1 if _is_stateful(each) else _STATELESS_SHARE for each in functions}
    total = run.count(REQUESTS)
    return {name: -(-total * weight // sum(weights.values())) for name, weight in weights.items()}


def _is_stateful(function: Function) -> bool:
    return bool({"CALL_STATE_TABLE", "DIRECTORY_TABLE"} & function.environment.keys())


def texts(run: Run) -> Outcome:
    """Send every hostile text in every encoding to every template."""

    def work(stage: Stage, function: Function) -> tuple[int, list[str]]:
        found = []
        with driven(stage, function) as here:
            requests = [each for text in TEXTS for each in requests_with(text)]
            for name, body, content_type, query in (*requests, *raw_requests()):
                answer = here.ask(here.path, body, content_type, query)
                found += [f"{function.name}, {name}: {fault}" for fault in faults_of(answer)]
        return here.requests, found

    every = on_stages(run, work)
    return _outcome(
        f"{sum(count for count, _ in every)} requests to {len(every)} templates",
        [said for _, found in every for said in found],
    )


def _outcome(figure: str, found: Sequence[str]) -> Outcome:
    named = "; ".join(dict.fromkeys(found[:_MOST_NAMED]))
    return Outcome(f"{figure}, {len(found)} wrong{f': {named}' if found else ''}", not found)
