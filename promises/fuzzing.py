"""Any bytes: coverage-guided fuzzing of every door, and the time that the parsers take."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from urllib.parse import quote_plus

from fuzz.doors import NAMES
from fuzz.run import Budget, fuzzed
from pivotkit.core.errors import RequestError
from pivotkit.http import deliveries
from pivotkit.http.gateway import request_of
from promises.promise import Outcome, Promise, Run

_SECONDS = 8 * 30
_BYTES = 64 * 1024
_TRIES = 15
_GOAL_MS = 2.0
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def measured(run: Run) -> Outcome:
    """Fuzz every door, and time bodies of 64 kB."""
    budget = Budget(run.count(_SECONDS), seed=run.seed).share(len(NAMES))
    doors = [fuzzed(run.project, name, budget, run.say) for name in NAMES]
    broken = [door.name for door in doors if door.broken]
    kind, slowest = max(timed(), key=lambda each: each[1])
    executions = sum(door.executions for door in doors)
    figure = (
        f"{executions} executions at {len(doors)} doors in {budget.seconds * len(doors)} s, "
        f"{len(broken)} broken{f' ({", ".join(broken)})' if broken else ''}; "
        f"64 kB: {slowest:.1f} ms ({kind})"
    )
    return Outcome(figure, not broken and slowest <= _GOAL_MS)


def timed() -> Iterator[tuple[str, float]]:
    """The kinds of bodies of 64 kB, with the best milliseconds of processor time to read each."""
    for kind, (content_type, body) in bodies().items():
        event = {
            "headers": {"content-type": content_type},
            "requestContext": {"http": {"method": "POST"}},
            "body": body,
        }
        yield kind, min(_milliseconds(event) for _ in range(_TRIES))


def _milliseconds(event: dict[str, object]) -> float:
    start = time.process_time()
    with contextlib.suppress(RequestError):
        deliveries.read(request_of(event, deliveries.MAX_BYTES))
    return (time.process_time() - start) * 1000


def bodies() -> dict[str, tuple[str, str]]:
    """Bodies of 64 kB, each of a kind that takes a parser long."""
    nested = "Custom-Application-Vars" + "[a]" * 20 + "=1&"
    variables = (f"Custom-Application-Vars[v{number}]=x&" for number in range(_BYTES))
    return {
        "a form of many fields": (_FORM, _filled(f"f{number}=1&" for number in range(_BYTES))),
        "a form of one name": (_FORM, _filled(["a=1&"] * _BYTES)),
        "a form of variables": (_FORM, _filled(variables)),
        "a form of nested names": (_FORM, _filled([nested] * _BYTES)),
        "a form of escapes": (_FORM, "a=" + _filled([quote_plus("я")] * _BYTES)),
        "a form of brackets": (_FORM, _filled(["["] * _BYTES)),
        "a form of empty segments": (_FORM, _filled(["&"] * _BYTES)),
        "JSON of many members": (
            _JSON,
            "{" + _filled(f'"f{number}":1,' for number in range(_BYTES))[:-16] + '"z":1}',
        ),
        "JSON of one text": (_JSON, '{"a":"' + "x" * (_BYTES - 8) + '"}'),
        "JSON of lists": (_JSON, '{"a":[' + "1," * (_BYTES // 2 - 8) + "1]}"),
        "JSON of depth": (_JSON, '{"a":' * 400 + "1" + "}" * 400),
        "JSON that breaks off": (_JSON, '{"a":' + "[" * (_BYTES - 5)),
    }


def _filled(parts: Iterable[str]) -> str:
    found: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > _BYTES:
            break
        found.append(part)
    return "".join(found)


PROMISES = (
    Promise(
        "R12",
        "No bytes at any door raise anything but an error that is meant for them, or bring an "
        "answer that the door's rule forbids; 64 kB are read in two milliseconds.",
        "Coverage-guided fuzzing (atheris) of requests, webhooks, CDRs, recordings, tokens, "
        "headers, `pivotctl lint`, and `pivotctl replay`, each for a share of the time; bodies of "
        f"64 kB of every kind that takes long, the best of {_TRIES} readings each.",
        "0 broken; at most 2 ms for 64 kB",
        measured,
    ),
)
