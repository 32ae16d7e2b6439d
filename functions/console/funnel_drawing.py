"""A funnel as stepped bars: a row for each step, in the order in which callers reach them.

A bar is as long as many callers reached the step. It begins with those who went on, and ends with
those who left there, which are the darkest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pivotkit.phone.funnel import ASKED, LEFT, SILENCE, WRONG_KEY

WIDTH = 600
"""Units of the drawing that the most callers take."""

MOST_STEPS = 40
_UNCLEAR = frozenset({SILENCE, WRONG_KEY})


class Part(NamedTuple):
    """A part of a bar: a kind (`on`, `unclear`, or `left`), its callers, place, and width."""

    kind: str
    callers: int
    at: int
    width: int


class Step(NamedTuple):
    """A step: its name, the callers who reached it, their outcomes, and the parts of its bar."""

    name: str
    reached: int
    outcomes: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]

    @property
    def left(self) -> int:
        """The callers who left at this step."""
        return dict(self.outcomes).get(LEFT, 0)


def steps_of(counts: Mapping[str, Counter[str]]) -> list[Step]:
    """Return the steps of a funnel, the one that most callers reached first."""
    reached = {name: outcomes.get(ASKED) or _all(outcomes) for name, outcomes in counts.items()}
    order = sorted(reached, key=lambda name: (-reached[name], name))[:MOST_STEPS]
    most = max([1, *reached.values()])
    return [_step(name, reached[name], counts[name], most) for name in order]


def _all(outcomes: Counter[str]) -> int:
    return sum(number for name, number in outcomes.items() if name != LEFT)


def _step(name: str, reached: int, outcomes: Counter[str], most: int) -> Step:
    left = max(outcomes.get(LEFT, 0), 0)
    unclear = sum(outcomes.get(each, 0) for each in _UNCLEAR)
    kinds = {"on": max(reached - left - unclear, 0), "unclear": unclear, "left": left}
    named = {each: number for each, number in outcomes.items() if each != ASKED and number > 0}
    ordered = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    return Step(name, reached, tuple(ordered), tuple(_parts(kinds.items(), most)))


def _parts(kinds: Iterable[tuple[str, int]], most: int) -> Iterable[Part]:
    at = 0
    for kind, callers in kinds:
        width = round(callers * WIDTH / most)
        if callers:
            yield Part(kind, callers, at, max(width, 2))
        at += width
