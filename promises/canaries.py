"""Canaries: data that no log may hold, in every call of the READMEs and every kind of delivery."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pivotctl.stack
from campaign.mix import ENCODINGS, MODES, Targets, hooked
from pivotctl.catalogue import CALL
from pivotctl.commands.call import unheard
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.webhooks import ALL, matching
from pivotctl.problems import Mode
from pivotctl.project import Function
from pivotctl.stack import Stack
from pivotctl.switch.http.exchange import FORM, HttpRequest, post, send
from pivotctl.switch.http.form_encoding import form_text
from pivotctl.switch.player.call import place_call
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET, EventFacts, cdrs, events
from promises.leaks import leaks, secrets_of
from promises.promise import Outcome, Run
from scripts.make_dialogues import arguments_of, reset

NUMBER, NAME, TEXT, KEYS = "+13125550147", "Ada Quillfeather", "the canary sang at noon", "86753091"
CANARIES = frozenset({NUMBER.removeprefix("+1"), "Quillfeather", TEXT, KEYS})

_NUMBER = re.compile(r"\+?\d{10,15}")
_NAME = re.compile(r"(caller|callee|from|to|other)\w*name")
_TEXTS = {"text", "body", "transcription", "message", "subject"}
_ROUNDS = len(ENCODINGS) * len(MODES)
_PATIENCE = 4.0
_WORKER_SECONDS = 240.0
_MOST_NAMED = 5
_OK = 200


@dataclass
class Searched:
    """The log lines that were searched, and the ones that hold caller data."""

    lines: int = 0
    calls: int = 0
    deliveries: int = 0
    refused: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, lines: list[str], secrets: frozenset[str]) -> None:
        """Search *lines*."""
        self.lines += len(lines)
        self.found += leaks(lines, secrets)


def marked(value: Any, name: str = "") -> Any:
    """Return an event's payload with canaries in place of what KAZOO knows of people."""
    match value:
        case Mapping():
            return {key: marked(item, key) for key, item in value.items()}
        case list():
            return [marked(item, name) for item in value]
        case str():
            return _marked_text(value, name.lower().replace("-", "_"))
    return value


def _marked_text(text: str, name: str) -> str:
    if name in _TEXTS:
        return TEXT
    if "dtmf" in name or "digits" in name:
        return KEYS
    if _NAME.fullmatch(name):
        return NAME
    return NUMBER if _NUMBER.fullmatch(text) else text


def requests(targets: Targets, number: int, chance: random.Random) -> Iterator[HttpRequest]:
    """Yield one delivery of every event, and the CDRs of a call, all with canaries."""
    mode = MODES[number % len(MODES)]
    now = int(time.time()) + GREGORIAN_OFFSET
    facts = EventFacts(ACCOUNT_ID, now, number, newer=mode is Mode.K5, chance=chance)
    for fired in events("everything", facts):
        event = replace(fired, payload=marked(fired.payload))
        everything = [each for each in targets.hooks if each.hook == ALL]
        for document in (*matching(targets.hooks, event), *everything):
            encoding = ENCODINGS[number % len(ENCODINGS)]
            yield hooked(document, event, encoding, mode, now).request
    for record in cdrs(facts):
        yield post(targets.cdr_url, form_text(marked(record)), FORM)


def searched(run: Run) -> Searched:
    """Play every call, send every kind of delivery, and search the log of every function."""
    found = Searched()
    patient = replace(run.project, patience=_PATIENCE)
    with pivotctl.stack.session(patient, fresh=True) as stack:
        pivots = [each for each in run.project.functions.values() if each.kind == "pivot"]
        for function in pivots[: run.count(len(pivots))]:
            _call(stack, function, found)
        run.say(f"{found.calls} calls played")
        _deliver(stack, run, found)
        stack.wait_for_workers(_WORKER_SECONDS)
        found.add([line for name in _logs(stack) for line in stack.logs(name)], CANARIES)
    return found


def _logs(stack: Stack) -> list[str]:
    """The names of all logs, but for that of the emulator of AWS."""
    return [*stack.info.functions, "gateway", "stack"]


def _call(stack: Stack, function: Function, found: Searched) -> None:
    """Play the calls of a template's README, and search what it logged meanwhile."""
    text = (function.path / "README.md").read_text(encoding="utf-8")
    for block in CALL.finditer(text):
        reset(stack, function)
        before = len(stack.logs(function.name))
        with unheard(stack, arguments_of(block)) as scenario:
            for _ in place_call(scenario):
                pass
        found.add(stack.logs(function.name)[before:], secrets_of(scenario))
        found.calls += 1


def _deliver(stack: Stack, run: Run, found: Searched) -> None:
    targets, chance = Targets.of(stack), random.Random(run.seed)  # noqa: S311
    for number in range(run.count(_ROUNDS)):
        for request in requests(targets, number, chance):
            found.deliveries += 1
            found.refused += send(replace(request, timeout=30.0)).status != _OK


def unlogged(run: Run) -> Outcome:
    """Count the log lines that hold a canary, or anything else of a caller."""
    found = searched(run)
    figure = (
        f"{len(found.found)} of {found.lines} log lines, of {found.calls} calls and "
        f"{found.deliveries} deliveries ({found.refused} not taken)"
    )
    named = "; ".join(line[:160] for line in found.found[:_MOST_NAMED])
    held = bool(found.lines) and not (found.found or found.refused)
    return Outcome(f"{figure}{f': {named}' if named else ''}", held)
