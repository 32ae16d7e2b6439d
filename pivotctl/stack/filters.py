"""Event patterns, as in the FilterCriteria of an event source mapping.

Follows AWS's "Control which events Lambda sends to your function": every key of the pattern must
match, a list holds alternatives, and an alternative is a value or one rule.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class FilterError(ValueError):
    """A pattern is not a JSON object, or uses an unknown rule."""


def parse(pattern: str) -> Mapping[str, Any]:
    """Return the pattern of one filter. Raises `FilterError`."""
    try:
        value = json.loads(pattern)
    except ValueError as error:
        raise FilterError(f"The filter pattern {pattern!r} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise FilterError(f"The filter pattern {pattern!r} is not a JSON object")
    return value


def any_matches(patterns: Sequence[Mapping[str, Any]], event: Mapping[str, Any]) -> bool:
    """Whether an event matches at least one pattern, or there is none."""
    return not patterns or any(matches(pattern, event) for pattern in patterns)


def matches(pattern: Mapping[str, Any], event: object) -> bool:
    """Whether `event` matches `pattern`."""
    if not isinstance(event, Mapping):
        return False
    return all(_field(wanted, event, name) for name, wanted in pattern.items())


def _field(wanted: object, event: Mapping[str, Any], name: str) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, event.get(name))
    if not isinstance(wanted, list):
        raise FilterError(f"The filter's {name!r} must be a list or an object, not {wanted!r}")
    return any(_alternative(item, event, name) for item in wanted)


def _alternative(item: object, event: Mapping[str, Any], name: str) -> bool:
    if isinstance(item, Mapping):
        ((rule, argument),) = item.items()
        return _rule(str(rule), argument, event, name)
    if name not in event:
        return False
    value = event[name]
    return item in value if isinstance(value, list) else _equal(item, value)


def _equal(left: object, right: object) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _rule(rule: str, argument: Any, event: Mapping[str, Any], name: str) -> bool:
    if rule == "exists":
        return (name in event) is bool(argument)
    if rule not in _RULES:
        raise FilterError(f"The filter rule {rule!r} is not known to the local stack")
    return name in event and _RULES[rule](argument, event[name])


def _prefix(argument: str, value: object) -> bool:
    return isinstance(value, str) and value.startswith(argument)


def _suffix(argument: str, value: object) -> bool:
    return isinstance(value, str) and value.endswith(argument)


def _ignore_case(argument: str, value: object) -> bool:
    return isinstance(value, str) and value.lower() == argument.lower()


def _anything_but(argument: object, value: object) -> bool:
    refused = argument if isinstance(argument, list) else [argument]
    return not any(_equal(item, value) for item in refused)


def _numeric(argument: Sequence[Any], value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    tests: dict[str, Callable[[float], bool]] = {
        "=": lambda limit: value == limit,
        "<": lambda limit: value < limit,
        "<=": lambda limit: value <= limit,
        ">": lambda limit: value > limit,
        ">=": lambda limit: value >= limit,
    }
    pairs = zip(argument[::2], argument[1::2], strict=True)
    return all(tests[operator](limit) for operator, limit in pairs)


_RULES: Mapping[str, Callable[[Any, object], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
