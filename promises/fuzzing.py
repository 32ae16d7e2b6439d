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
_USUAL_MS, _WORST_MS = 2.0, 20.0
_USUAL = "a form of texts"
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def doors(run: Run) -> Outcome:
    """Fuzz every door."""
    budget = Budget(run.count(_SECONDS), seed=run.seed).share(len(NAMES))
    found = [fuzzed(run.project, name, budget, run.say) for name in NAMES]
    broken = [door.name for door in found if door.broken]
    executions = sum(door.executions for door in found)
    figure = (
        f"{executions:,} executions at {len(found)} doors in {budget.seconds * len(found)} s, "
        f"{len(broken)} broken{f' ({", ".join(broken)})' if broken else ''}"
    )
    return Outcome(figure, not broken)


def parsers(_run: Run) -> Outcome:
    """Time bodies of 64 kB."""
    found = dict(timed())
    slowest = max(found, key=lambda kind: found[kind])
    figure = (
        f"{found[_USUAL]:.1f} ms; the slowest of {len(found)} kinds {found[slowest]:.1f} ms "
        f"({slowest})"
    )
    return Outcome(figure, found[_USUAL] <= _USUAL_MS and found[slowest] <= _WORST_MS)


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
    text = quote_plus("An ordinary text, as people write. " * 8)
    texts = (f"Custom-Application-Vars[text{number}]={text}&" for number in range(_BYTES))
    return {
        _USUAL: (_FORM, _filled(texts)),
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
        "answer that the door's rule forbids.",
        "Coverage-guided fuzzing (atheris) of requests, webhooks, CDRs, recordings, tokens, "
        "headers, `pivotctl lint`, and `pivotctl replay`, each for a share of the time.",
        "0 broken",
        doors,
    ),
    Promise(
        "R12t",
        "A body of 64 kB is read at once, and no body of that size keeps a function busy.",
        "A form of variables with ordinary texts, and bodies of every kind that takes a parser "
        f"long; processor time, the best of {_TRIES} readings each.",
        f"at most {_USUAL_MS:g} ms; of any kind {_WORST_MS:g} ms",
        parsers,
    ),
)
