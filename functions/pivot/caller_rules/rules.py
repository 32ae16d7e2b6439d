r"""Rules that choose a flow by the caller and the dialed number: data, with regular expressions.

Rules are a JSON list, and the first match wins. A rule is an object:

    {"number": "\\+1900[0-9]{7}", "then": "refuse"}
    {"name": ".*lottery.*", "dialled": "\\+14155550100", "then": "message", "why": "nuisance"}

`number`, `name` and `dialled` are patterns (see `patterns`). Each pattern of a rule must match its
whole text: the caller's number and the dialed number as `pivotkit.phone.numbers.canonical` writes
them, and the caller's name. `then` names the flow. `why` is a note for people.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from patterns import Pattern
from pivotkit.calls.call import Call
from pivotkit.kazoo import Action
from pivotkit.phone.numbers import canonical

MOST_RULES = 100
_PATTERNS = ("number", "name", "dialled")
_FIELDS = (*_PATTERNS, "then", "why")


class RuleError(ValueError):
    """A rule that cannot be used. The message reads `rule <number>: <field> is <value>: <fix>`."""

    def __init__(self, index: int, field: str, value: object, fix: str) -> None:
        super().__init__(f"rule {index + 1}: {field} is {value!r}: {fix}")


class CallerRule(NamedTuple):
    """Patterns by field, and the flow for calls that match them all."""

    patterns: Mapping[str, Pattern]
    flow: Action

    def fits(self, texts: Mapping[str, str]) -> bool:
        """Whether each pattern matches the text of its field."""
        return all(pattern.fits(texts[field]) for field, pattern in self.patterns.items())


class CallerRules(NamedTuple):
    """Rules, checked and compiled."""

    rules: tuple[CallerRule, ...]
    home: str = "US"

    @classmethod
    def of(cls, document: Any, flows: Mapping[str, Action], home: str = "US") -> "CallerRules":
        """The rules in a JSON value, which lead to *flows*.

        Raises `RuleError`, `PatternError`, or `ValueError` for anything but a list of rules.
        """
        if not isinstance(document, list) or not 1 <= len(document) <= MOST_RULES:
            raise ValueError(f"the rules: must be a list of 1 to {MOST_RULES} rules")
        return cls(tuple(_rule(index, rule, flows) for index, rule in enumerate(document)), home)

    @classmethod
    def beside(
        cls, module: str, name: str, flows: Mapping[str, Action], home: str = "US"
    ) -> "CallerRules":
        """The rules in the file *name* in the folder of *module*: `beside(__file__, ...)`."""
        text = Path(module).with_name(name).read_text(encoding="utf-8")
        return cls.of(json.loads(text), flows, home)

    def flow(self, call: Call) -> Action | None:
        """The flow of the first rule that matches *call*, or `None`."""
        texts = {
            "number": canonical(call.caller.number, self.home),
            "name": call.caller.name,
            "dialled": canonical(call.request, self.home),
        }
        return next((rule.flow for rule in self.rules if rule.fits(texts)), None)


def _rule(index: int, document: Any, flows: Mapping[str, Action]) -> CallerRule:
    if not isinstance(document, dict):
        raise RuleError(index, "it", document, "must be an object")
    for field, value in document.items():
        if field not in _FIELDS:
            raise RuleError(index, field, value, f"must be one of {', '.join(_FIELDS)}")
        if not isinstance(value, str):
            raise RuleError(index, field, value, "must be text")
    then = document.get("then", "")
    if then not in flows:
        raise RuleError(index, "then", then, f"must be one of {', '.join(flows)}")
    patterns = {field: Pattern.of(document[field]) for field in _PATTERNS if field in document}
    if not patterns:
        raise RuleError(index, "it", document, f"needs one of {', '.join(_PATTERNS)}")
    return CallerRule(patterns, flows[then])
