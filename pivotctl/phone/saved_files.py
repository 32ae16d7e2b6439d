"""Files of finished calls that somebody has shared.

A file may come from anybody, and a test that is made of it is code that runs here. Everything that
becomes a name in that code, or part of a path, is therefore checked against what is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any

from pivotctl.phone.exchanges import beside
from pivotctl.phone.lines import told
from pivotctl.phone.saved_calls import EVENTS, FORMAT, VERSION, CallFacts, SavedCall, plain
from pivotctl.phone.saved_steps import Event, steps
from pivotctl.problems import Problem
from pivotctl.upstreams import FAKES, FakeMode

MOST_BYTES = 8 * 1024 * 1024
_MOST_EVENTS = 20_000
_TEMPLATE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_OPEN_ONE = "Open a file saved here."
_UNREADABLE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""Errors of reading events whose inner values are of other types than the switch's."""


class SavedCallError(ValueError):
    """A file that holds no call; the text has the reason and the fix."""


def read(content: bytes) -> SavedCall:
    """Return the call in a file that was saved before. Raises `SavedCallError`."""
    if len(content) > MOST_BYTES:
        raise SavedCallError(f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SavedCallError(f"The file is not JSON: {error}. {_OPEN_ONE}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SavedCallError(f"The file has no format {FORMAT}. {_OPEN_ONE}")
    if document.get("version") != VERSION:
        version = json.dumps(document.get("version"))[:100]
        raise SavedCallError(f"The file's version is {version}. Open it with a newer pivotctl.")
    call = SavedCall(_facts(document.get("call")), _events(document.get("events")))
    _try(call)
    return call


def with_lines(event: Event) -> dict[str, Any]:
    """Return an event of a saved call with its lines, as those of a live call have them."""
    kind = EVENTS[event["type"]]
    values = {each.name: event[each.name] for each in fields(kind) if each.name in event}
    if "problems" in values:
        values["problems"] = tuple(Problem(**each) for each in values["problems"])
    return {**event, "lines": told(kind(**values))}


def _try(call: SavedCall) -> None:
    """Make everything of a call that a page may ask for."""
    try:
        beside(call.events)
        steps(call.events)
        for event in call.events:
            with_lines(event)
    except _UNREADABLE as error:
        raise SavedCallError(f"The events cannot be read: {error!r}. {_OPEN_ONE}") from error


# -- facts -----------------------------------------------------------------------------------------


def _facts(document: Any) -> CallFacts:
    if not isinstance(document, dict) or document.keys() - _FACTS.keys():
        raise SavedCallError(f"call must be an object of {', '.join(_FACTS)}.")
    for name, value in {"template": "", **document}.items():
        is_good, wanted = _FACTS[name]
        if not is_good(value):
            raise SavedCallError(f"call.{name} is {json.dumps(value)[:100]}. Give {wanted}.")
    facts = CallFacts(**document)
    try:
        facts.arguments()
    except ValueError as error:
        raise SavedCallError(f"call: {error}") from error
    return facts


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and _TEMPLATE.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    if value == "":
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _are_modes(value: Any) -> bool:
    return _are_texts(value) and FAKES.keys() >= value.keys() and {*value.values()} <= {*FakeMode}


_TEXT = (_is_text, "text")
_TEXTS = (_are_texts, "an object of texts")
_FACTS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "template": (_is_template, "the name of a Pivot function"),
    "began": (_is_time, "a time in ISO 8601, with its zone"),
    "caller": _TEXT,
    "caller_name": _TEXT,
    "called": _TEXT,
    "account_id": _TEXT,
    "rung": _TEXT,
    "mode": _TEXT,
    "variables": _TEXTS,
    "data": _TEXTS,
    "world": (lambda value: value is None or isinstance(value, dict), "a world, or null"),
    "upstreams": (_are_modes, f"{', '.join(FakeMode)} by the name of a fake service"),
}


# -- events ----------------------------------------------------------------------------------------


def _events(document: Any) -> tuple[Event, ...]:
    if not isinstance(document, list) or len(document) > _MOST_EVENTS:
        raise SavedCallError(f"events must be a list of at most {_MOST_EVENTS}.")
    wrong = next((each for each in document if not _is_event(each)), None)
    if wrong is not None:
        raise SavedCallError(f"There is no such event: {json.dumps(wrong)[:100]}")
    return tuple(plain(document))


def _is_event(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("at"), int | float):
        return False
    name = value.get("type")
    kind = EVENTS.get(name) if isinstance(name, str) else None
    return kind is not None and all(
        isinstance(value.get(each.name), _TYPES.get(str(each.type), object))
        for each in fields(kind)
        if each.name in value or (each.default is MISSING and each.default_factory is MISSING)
    )


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "dict[str, Any]": dict,
}
