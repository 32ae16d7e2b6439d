"""What a property of a callflow action may hold, as small rules that name what they refuse.

KAZOO checks an answer's types strictly: `"486"` is no integer and neither is `20.0`
(`kzd_callflows:validate_flow`). Unlike its API it repairs nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pivotkit.errors import AnswerError

type Check = Callable[[object], str | None]
"""Says what is wrong with a value, or `None`."""


class Rule(NamedTuple):
    """A check and whether the property has to be there."""

    check: Check
    required: bool = False


def text(
    least: int = 0, most: int | None = None, pattern: str | None = None, *, required: bool = False
) -> Rule:
    """A text of *least* to *most* characters all of which matches *pattern*.

    The pattern is compiled when it is first needed: compiling all would be felt at a cold start.
    """

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if len(value) < least or (most is not None and len(value) > most):
            return f"must have {_range(least, most)} characters, not {len(value)}"
        if pattern and not re.fullmatch(pattern, value):
            return f"must match {pattern}"
        return None

    return Rule(check, required)


def integer(least: int | None = None, most: int | None = None, *, required: bool = False) -> Rule:
    """A whole number from *least* to *most*; booleans are none."""

    def check(value: object) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be an integer"
        if (least is not None and value < least) or (most is not None and value > most):
            return f"must be {_range(least, most)}"
        return None

    return Rule(check, required)


def boolean() -> Rule:
    """True or false."""
    return Rule(lambda value: None if isinstance(value, bool) else "must be True or False")


def one_of(*allowed: str, required: bool = False) -> Rule:
    """One of a few words."""
    names = ", ".join(allowed)
    return Rule(lambda value: None if value in allowed else f"must be one of {names}", required)


def list_of(item: Rule, least: int = 0, *, required: bool = False) -> Rule:
    """A list of at least *least* members, which all keep *item*."""

    def check(value: object) -> str | None:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return "must be a list"
        if len(value) < least:
            return f"must have {_range(least, None)} members"
        faults = (item.check(member) for member in value)
        return next((f"each {fault}" for fault in faults if fault), None)

    return Rule(check, required)


def fields(properties: Mapping[str, Rule], *, required: bool = False) -> Rule:
    """An object with the given properties."""

    def check(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        try:
            check_properties("", properties, value)
        except AnswerError as error:
            return f"{error.field} {error.rule}"
        return None

    return Rule(check, required)


def anything(*, required: bool = False) -> Rule:
    """An object of any JSON values."""

    def check(value: object) -> str | None:
        return None if isinstance(value, Mapping) else "must be an object"

    return Rule(check, required)


def variables(*, required: bool = False) -> Rule:
    """An object of JSON values; `None` only at its top, where it deletes a variable.

    Deeper down KAZOO takes it, and crashes on its next request in form text (`kz_http_util`).
    """

    def check(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        nulls = any(_holds_null(member) for member in value.values() if member is not None)
        return "must hold no None inside a value" if nulls else None

    return Rule(check, required)


def _holds_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_null, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_null, value))
    return value is None


def check_properties(
    where: str, properties: Mapping[str, Rule], values: Mapping[str, object]
) -> None:
    """Raise `AnswerError` for the first of *values* that breaks its rule, or is missing."""
    for name, rule in properties.items():
        if name not in values:
            if rule.required:
                raise AnswerError(where, name, None, "is required")
            continue
        fault = rule.check(values[name])
        if fault:
            raise AnswerError(where, name, values[name], fault)


def _range(least: int | None, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"{least} to {most}"
