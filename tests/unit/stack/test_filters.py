"""Filters of event source mappings match as Lambda's do."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.stack import filters

EVENT = {"name": "INSERT", "n": 5, "deep": {"item": {"S": "delivery"}}, "none": None, "l": ["a"]}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"name": ["INSERT"]}, True),
        ({"name": ["MODIFY", "INSERT"]}, True),
        ({"name": ["MODIFY"]}, False),
        ({"deep": {"item": {"S": ["delivery"]}}}, True),
        ({"deep": {"item": {"S": ["record"]}}}, False),
        ({"deep": {"other": {"S": ["delivery"]}}}, False),
        ({"name": ["INSERT"], "n": [6]}, False),
        ({"none": [None]}, True),
        ({"missing": [None]}, False),
        ({"l": ["a"]}, True),
        ({"name": [{"prefix": "IN"}]}, True),
        ({"name": [{"suffix": "X"}]}, False),
        ({"name": [{"equals-ignore-case": "insert"}]}, True),
        ({"name": [{"anything-but": ["REMOVE"]}]}, True),
        ({"name": [{"anything-but": "INSERT"}]}, False),
        ({"missing": [{"anything-but": "INSERT"}]}, False),
        ({"n": [{"numeric": [">", 1, "<=", 5]}]}, True),
        ({"n": [{"numeric": ["<", 5]}]}, False),
        ({"name": [{"numeric": ["=", 5]}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"name": [{"exists": False}]}, False),
        ({"name": [{"exists": True}]}, True),
    ],
)
def test_patterns(pattern: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    """All keys must match; a list holds alternatives; a rule is an object with one key."""
    assert filters.matches(pattern, EVENT) is expected


def test_no_filter_wants_all() -> None:
    """Without a filter every event is wanted; with several, one that matches is enough."""
    assert filters.any_matches([], EVENT)
    assert filters.any_matches([{"name": ["X"]}, {"name": ["INSERT"]}], EVENT)


@pytest.mark.parametrize("pattern", ["{", "[]"])
def test_bad_pattern(pattern: str) -> None:
    """A pattern that is no JSON object is an error that shows it."""
    with pytest.raises(filters.FilterError, match="filter pattern"):
        filters.parse(pattern)


@pytest.mark.parametrize("pattern", [{"name": "INSERT"}, {"name": [{"cidr": "10.0.0.0/8"}]}])
def test_unknown_rule(pattern: dict[str, Any]) -> None:
    """A rule that is not known here is an error, not a silent mismatch."""
    with pytest.raises(filters.FilterError):
        filters.matches(pattern, EVENT)
