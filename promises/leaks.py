"""Caller data in log lines: the parts of a call that none may hold, and the lines that do."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable

from pivotctl.switch.scenario import Scenario

_TIMES = {"timestamp", "ms", "_aws"}
_SHORTEST_SECRET, _UNMISTAKABLE = 4, 7


def secrets_of(scenario: Scenario) -> frozenset[str]:
    """The parts of a call that must not be logged: number, name, and telling keys."""
    number = re.sub(r"\D", "", scenario.caller)[-10:]
    pressed = (re.sub(r"\D", "", keys) for keys in scenario.press + scenario.press_during_prompts)
    said = (number, scenario.caller_name, *pressed)
    return frozenset(text for text in said if len(text) >= _SHORTEST_SECRET)


def leaks(lines: Iterable[str], secrets: Collection[str]) -> list[str]:
    """The log lines that hold one of the secrets, and which."""
    return [
        f"a log line holds {secret!r}: {line}"
        for line in lines
        for secret in sorted(secrets)
        if _holds(_without_times(line), secret)
    ]


def _holds(line: str, secret: str) -> bool:
    """Whether a line holds a secret; a short one must stand alone, a number may have a prefix."""
    if len(secret) >= _UNMISTAKABLE:
        return secret in line
    return bool(re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", line))


def _without_times(line: str) -> str:
    """A line without the fields that hold numbers of their own."""
    try:
        fields = json.loads(line)
    except ValueError:
        return line
    if not isinstance(fields, dict):
        return line
    told = {key: value for key, value in fields.items() if key not in _TIMES}
    return json.dumps(told, ensure_ascii=False)
