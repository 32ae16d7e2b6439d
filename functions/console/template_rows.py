"""Rows of the page of templates: traffic, answer times, and failures, those in trouble first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pivotkit.store.template_figures import (
    COLD,
    ERRORS,
    FALLBACKS,
    REQUESTS,
    Figures,
    percentile,
)

GOAL, LIMIT = 3000, 5000
"""Milliseconds within which a function answers, and for which KAZOO waits."""

HEIGHT = 24
SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


class Day(NamedTuple):
    """A bar of a sparkline: a day, its requests, and the bar's height."""

    day: date
    requests: int
    height: int


class TemplateRow(NamedTuple):
    """A template's figures in a period. Times are milliseconds by share: p50, p95, p99."""

    function: str
    requests: int
    times: dict[str, int]
    fallbacks: int
    errors: int
    cold: int
    days: tuple[Day, ...]

    @property
    def verdict(self) -> tuple[str, str]:
        """Its trouble, and the color of that."""
        if self.fallbacks or self.errors:
            return "fails", "bad"
        if self.times["p99"] > GOAL:
            return "slow", "warn"
        return "fine", "good"

    @property
    def trouble(self) -> tuple[float, int, str]:
        """The place in the list: the most failures first, then the slowest."""
        failures = max(self.fallbacks, self.errors)
        return -failures / max(self.requests, 1), -self.times["p99"], self.function


def rows_of(figures: Iterable[Figures], days: Sequence[date]) -> list[TemplateRow]:
    """Return the rows, those in trouble first. *days* are in order."""
    by_function: dict[str, Counter[str]] = {}
    by_day: dict[tuple[str, date], int] = {}
    for each in figures:
        by_function.setdefault(each.function, Counter()).update(dict(each.numbers))
        place = (each.function, each.day)
        by_day[place] = by_day.get(place, 0) + _requests(each.numbers)
    made = (
        _row(name, numbers, [(day, by_day.get((name, day), 0)) for day in days])
        for name, numbers in by_function.items()
    )
    return sorted(made, key=_trouble)


def _trouble(row: TemplateRow) -> tuple[float, int, str]:
    return row.trouble


def _row(name: str, numbers: Counter[str], days: list[tuple[date, int]]) -> TemplateRow:
    most = max([1, *(requests for _, requests in days)])
    bars = (Day(day, requests, round(requests * HEIGHT / most)) for day, requests in days)
    return TemplateRow(
        name,
        _requests(numbers),
        {title: percentile(numbers, share) for title, share in SHARES},
        numbers[FALLBACKS],
        numbers[ERRORS],
        numbers[COLD],
        tuple(bars),
    )


def _requests(numbers: Mapping[str, int]) -> int:
    return sum(number for name, number in numbers.items() if name.startswith(REQUESTS))
