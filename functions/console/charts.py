"""Bars of a page: a table of labels and numbers that a script draws as a chart.

Each bar links to the rows that it counts, so a chart can be used without a script, by keyboard, and
by screen readers.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MOST_BARS = 20


class Bar(NamedTuple):
    """A bar: its label, its number, the number as people read it, and its rows' address."""

    label: str
    value: float
    text: str
    href: str = ""


class Chart(NamedTuple):
    """A chart: an ID, a title, the headings of its table, and its bars.

    Columns are drawn by a script, for labels that are short and have an order.
    """

    id: str
    title: str
    heads: tuple[str, str]
    bars: tuple[Bar, ...]
    is_columns: bool = False

    @property
    def most(self) -> float:
        """The highest number, at least 1."""
        return max([1, *(bar.value for bar in self.bars)])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not any(bar.value for bar in self.bars)


def largest(numbers: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    """The largest of *numbers*, in order: as many as a chart can show."""
    ordered = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(name, number) for name, number in ordered if number][:MOST_BARS]
