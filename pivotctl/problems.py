"""What is wrong with an answer, in words from which a stranger can mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """Which KAZOO: master of 2024-03 (its version 5.0), or KAZOO 5 where that differs."""

    K50 = "k50"
    K5 = "k5"


class Verdict(StrEnum):
    """What KAZOO does with an answer."""

    EXECUTES = "executes"
    HANGS_UP = "hangs_up"
    DEAD_AIR = "dead_air"
    REJECTED = "rejected"
    FALLS_BACK = "falls_back"
    TIMES_OUT = "times_out"

    @property
    def meaning(self) -> str:
        """What the caller notices."""
        return _MEANING[self]


_MEANING = {
    Verdict.EXECUTES: "KAZOO runs the answer",
    Verdict.HANGS_UP: "KAZOO runs what stands before the fault, then hangs up",
    Verdict.DEAD_AIR: "KAZOO has taken the call and then crashes: silence, no fallback",
    Verdict.REJECTED: "KAZOO cannot read the answer and hangs up at once",
    Verdict.FALLS_BACK: "KAZOO goes on to the `_` child of the pivot action",
    Verdict.TIMES_OUT: "KAZOO waits ten seconds in silence, then goes on to the `_` child",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: `line` from 1 (0: nowhere), `path` inside the answer, the rule, and the fix."""

    path: str
    rule: str
    fix: str
    line: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}, {self.path}" if self.line else self.path
        return f"{place}: {self.rule}. {self.fix}"

    def as_json(self) -> dict[str, Any]:
        """The problem as an object with `line`, `path`, `rule` and `fix`."""
        return asdict(self)
