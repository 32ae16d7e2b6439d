"""A promise: one sentence, how it was tried, and a measurement that says whether it was held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pivotctl.project import Project

type Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Run:
    """One run of all promises, told apart by identity: what two promises need is measured once.

    `scale` is 1 for the full counts, and less for a quick look; `say` shows progress, a line each.
    """

    project: Project
    seed: int
    scale: float
    say: Say

    def count(self, full: int) -> int:
        """Return how often to try something that a full run tries *full* times."""
        return max(1, round(full * self.scale))


@dataclass(frozen=True)
class Outcome:
    """A figure as it was measured, with its unit, and whether it reached the goal."""

    figure: str
    held: bool


@dataclass(frozen=True)
class Promise:
    """A promise by its name, such as `R1`; `measure` tries it and never reads an earlier result."""

    name: str
    text: str
    tried: str
    goal: str
    measure: Callable[[Run], Outcome]


@dataclass(frozen=True)
class Row:
    """A promise and its outcome: one line of the table."""

    promise: Promise
    outcome: Outcome
    seconds: float
