"""Rules for the data of callflow actions, as small immutable checks.

They follow the JSON-schema vocabulary that KAZOO's schemas use (draft 4, strict types: KAZOO does
not convert `"4"` to 4 in an answer). `modules.py` has the rules of each property.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pivotctl.problems import Problem


class SchemaRule(Protocol):
    """A rule for a JSON value."""

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield the problems of `value`, at `path`."""
        ...


_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a number with a fraction or exponent",
    str: "a string",
    list: "a list",
}


_LONGEST_SHOWN = 60


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "an object")


def wrong_type(value: Any, path: str, wanted: str, fix: str) -> Problem:
    """Return the problem of a value of the wrong JSON type."""
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    shown = f"{value!r} is {_kind(value)}" if plain else _dumped(value)
    return Problem(path, f"{shown}, but KAZOO expects {wanted}", fix)


def _dumped(value: Any) -> str:
    """Return the beginning of a value as JSON, or its kind if it is nested too deeply."""
    try:
        return json.dumps(value)[:_LONGEST_SHOWN]
    except RecursionError:
        return f"{_kind(value)} nested too deeply"


def any_of(values: Iterable[object]) -> str:
    """Join values to choose from, as in `1, 2, or 3`."""
    *others, last = map(str, values)
    if not others:
        return last
    comma = "," if len(others) > 1 else ""
    return f"{', '.join(others)}{comma} or {last}"


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield nothing."""
        del value, path
        return iter(())


@dataclass(frozen=True, slots=True)
class Flag:
    """The value true or false."""

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield a problem unless `value` is a boolean."""
        if not isinstance(value, bool):
            yield wrong_type(value, path, "true or false", "Write true or false without quotes.")


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer within limits; 20.0 is not an integer."""

    least: int | None = None
    most: int | None = None
    values: tuple[int, ...] = ()

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield a problem unless `value` is an integer within the limits."""
        if isinstance(value, bool) or not isinstance(value, int):
            yield wrong_type(value, path, "an integer", "Send a number without quotes or fraction.")
        elif self.least is not None and value < self.least:
            yield Problem(path, f"{value} is below {self.least}", f"Use at least {self.least}.")
        elif self.most is not None and value > self.most:
            yield Problem(path, f"{value} is above {self.most}", f"Use at most {self.most}.")
        elif self.values and value not in self.values:
            fix = f"Use {any_of(self.values)}."
            yield Problem(path, f"{value} is not an allowed value", fix)


@dataclass(frozen=True, slots=True)
class Words:
    """A string, with limits on its length in characters, a pattern, or a list of values.

    `wanted` describes strings that match the pattern.
    """

    least: int = 0
    most: int | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()
    wanted: str = "text of that form"

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield a problem unless `value` is a string that fits."""
        if not isinstance(value, str):
            yield wrong_type(value, path, "a string", "Put it in quotes, or omit the key.")
            return
        if self.values and value not in self.values:
            fix = f"Use {any_of(self.values)}."
            yield Problem(path, f"{value!r} is not an allowed value", fix)
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            yield self._length(value, path)
        if self.pattern and not re.search(self.pattern, value):
            rule = f"{value!r} does not match {self.pattern}"
            yield Problem(path, rule, f"Write {self.wanted}.")

    def _length(self, value: str, path: str) -> Problem:
        exact = self.least == self.most
        most = "any number of" if self.most is None else self.most
        limits = f"exactly {self.least}" if exact else f"{self.least} to {most}"
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
        return Problem(
            path,
            f"{shown!r} has {len(value)} characters, but KAZOO expects {limits}",
            f"Use KAZOO's ID, {limits} characters, not a name."
            if exact
            else f"Make it {limits} characters long.",
        )


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list whose items satisfy a rule."""

    item: SchemaRule = field(default_factory=Anything)
    least: int = 0
    unique: bool = False

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield the problems of the list and of each item."""
        if not isinstance(value, list):
            yield wrong_type(value, path, "a list", "Put the value in square brackets.")
            return
        if len(value) < self.least:
            yield Problem(path, f"fewer than {self.least} items", f"List at least {self.least}.")
        if self.unique and any(item in value[:index] for index, item in enumerate(value)):
            yield Problem(path, "an item is listed twice", "List each item once.")
        for index, item in enumerate(value):
            yield from self.item.faults(item, f"{path}[{index}]")


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: rules for its properties, and the required ones.

    A required property with a default is never missing: KAZOO fills in defaults first. Exactly one
    of the groups in `either` must be present. `matching` is a pattern for the names of further
    properties, and their rule. `example` is an object that fits.
    """

    rules: Mapping[str, SchemaRule] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    others: bool = True
    either: tuple[tuple[str, ...], ...] = ()
    matching: tuple[str, SchemaRule] | None = None
    example: str = ""

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield the problems of the object and of each property."""
        if not isinstance(value, dict):
            such = f" such as {self.example}" if self.example else ""
            yield wrong_type(value, path, "an object", f"Send an object{such}, or omit it.")
            return
        for name in self.required:
            if name not in value:
                yield Problem(f"{path}.{name}", "required but missing", f"Add {name}.")
        if self.either and sum(all(name in value for name in each) for each in self.either) != 1:
            choices = ", or ".join(" and ".join(each) for each in self.either)
            yield Problem(path, f"KAZOO expects exactly one of: {choices}", f"Give it {choices}.")
        for name, item in value.items():
            if rule := self._rule(name):
                yield from rule.faults(item, f"{path}.{name}")
            elif not self.others:
                yield Problem(f"{path}.{name}", "not allowed here", f"Remove {name}.")

    def _rule(self, name: str) -> SchemaRule | None:
        if name in self.rules:
            return self.rules[name]
        matches = self.matching and re.search(self.matching[0], name)
        return self.matching[1] if self.matching and matches else None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Exactly one of several rules."""

    choices: tuple[SchemaRule, ...]
    wanted: str

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield a problem unless exactly one choice accepts `value`."""
        accepted = sum(not any(True for _ in rule.faults(value, path)) for rule in self.choices)
        if accepted != 1:
            yield wrong_type(value, path, self.wanted, f"Send {self.wanted}.")


@dataclass(frozen=True, slots=True)
class Kinds:
    """An object whose property `key` selects one of several rules."""

    key: str
    kinds: Mapping[str, SchemaRule]

    def faults(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield the problems of the object under the rule of its kind."""
        kind = Words(values=tuple(self.kinds))
        found = list(Fields({self.key: kind}, (self.key,)).faults(value, path))
        yield from found or self.kinds[value[self.key]].faults(value, path)
