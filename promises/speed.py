"""The first word: how long a caller waits, as ratios to the work of others in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import cache, partial
from typing import Any, Literal, NamedTuple

from bench.__main__ import (
    CALLS,
    CLIENT,
    LOGGER,
    STATEFUL,
    STATELESS,
    Case,
    Results,
    compare,
    invocations,
)
from promises.promise import Outcome, Promise, Run

_ROUNDS, _WARM, _TURNS = 9, 20, 31
_EMULATED = "In AWS's runtime interface emulator, both in turn, medians."
_BESIDE = "Processor time side by side, both in turn, medians."


class Invocation(NamedTuple):
    """A function of ours, the one that it is held against, and the most that it may take of it."""

    name: str
    text: str
    ours: str
    theirs: str
    kind: Literal["first", "warm"]
    goal: float


class Beside(NamedTuple):
    """A contest of `python -m bench`, and the most that the layer may take of the other's time."""

    name: str
    text: str
    contest: str
    goal: float


_INVOCATIONS = (
    Invocation(
        "P1",
        "A template without state starts about as fast as Powertools' Logger and Metrics alone.",
        STATELESS,
        LOGGER,
        "first",
        1.1,
    ),
    Invocation(
        "P2",
        "A template with state starts in half the time of a logger and a boto3 client.",
        STATEFUL,
        CLIENT,
        "first",
        0.5,
    ),
    Invocation(
        "P3",
        "A warm request with state costs no more than its two calls made by hand with boto3.",
        STATEFUL,
        CALLS,
        "warm",
        1.0,
    ),
)
_SIDE_BY_SIDE = (
    Beside(
        "P4",
        "A flow of five checked actions costs at most half more than a dict and `json.dumps`.",
        "callflow: 5 actions",
        1.5,
    ),
    Beside(
        "P5",
        "A warm answer with its log line costs at most half more than the standard library's.",
        "say_hello, warm, with its log line",
        1.5,
    ),
    Beside("P6", "A TwiML menu costs an eighth of twilio-python's.", "TwiML: menu", 0.12),
)


@cache
def measured_invocations(run: Run) -> Results:
    """First and warm invocations in Lambda's runtime, measured once in a run of any scale."""
    return invocations(run.project, _ROUNDS, _WARM)


@cache
def _side_by_side(run: Run) -> dict[str, dict[str, Any]]:
    """All contests of the layer, measured once in a run, whatever its scale."""
    return {row["contest"]: row for row in compare(run.project, _TURNS)}


def _invoked(each: Invocation, run: Run) -> Outcome:
    results = measured_invocations(run)
    ours, theirs = (
        statistics.median(getattr(results[Case(name, compiled=True)], each.kind))
        for name in (each.ours, each.theirs)
    )
    figure = f"{ours / theirs:.2f}: {each.ours} {ours:.1f} ms, {each.theirs} {theirs:.1f} ms"
    return Outcome(figure, ours / theirs <= each.goal)


def _beside(each: Beside, run: Run) -> Outcome:
    row = _side_by_side(run)[each.contest]
    ratio, times = row["ratios"][row["against"]], row["microseconds"]
    theirs = times[row["against"]]
    figure = f"{ratio:.2f}: {times['pivotkit']:.1f} µs, {row['against']} {theirs:.1f} µs"
    return Outcome(figure, ratio <= each.goal)


def _promises() -> Iterator[Promise]:
    for invocation in _INVOCATIONS:
        yield Promise(
            invocation.name,
            invocation.text,
            _EMULATED,
            f"at most {invocation.goal:g} times theirs",
            partial(_invoked, invocation),
        )
    for beside in _SIDE_BY_SIDE:
        yield Promise(
            beside.name,
            beside.text,
            _BESIDE,
            f"at most {beside.goal:g} times theirs",
            partial(_beside, beside),
        )


PROMISES = tuple(_promises())
