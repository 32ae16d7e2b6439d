"""Problems of an answer, each with the rule it breaks and the fix; and KAZOO's verdicts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """Versions of KAZOO: master of 2024-03 (`k50`), or KAZOO 5 where that differs."""

    K50 = "k50"
    K5 = "k5"


class Verdict(StrEnum):
    """KAZOO's reactions to an answer."""

    EXECUTES = "executes"
    HANGS_UP = "hangs_up"
    DEAD_AIR = "dead_air"
    REJECTED = "rejected"
    FALLS_BACK = "falls_back"
    TIMES_OUT = "times_out"
    FALLBACK = "fallback"

    @property
    def meaning(self) -> str:
        """The effect, as the caller notices it."""
        return _MEANING[self]


_MEANING = {
    Verdict.EXECUTES: "KAZOO executes the answer",
    Verdict.HANGS_UP: "KAZOO executes everything before the error, then hangs up",
    Verdict.DEAD_AIR: "KAZOO takes the call, then crashes: silence, and no fallback",
    Verdict.REJECTED: "KAZOO cannot read the answer, and hangs up at once",
    Verdict.FALLS_BACK: "KAZOO continues with the `_` child of the pivot action",
    Verdict.TIMES_OUT: "KAZOO waits ten seconds in silence, then continues with the `_` child",
    Verdict.FALLBACK: "The function failed, and KAZOO executes the fallback it answered with",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: `line` from 1 (0: none), `path` inside the answer, the rule, and the fix."""

    path: str
    rule: str
    fix: str
    line: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}, {self.path}" if self.line else self.path
        return f"{place}: {self.rule}. {self.fix}"

    def as_json(self) -> dict[str, Any]:
        """Return an object with `line`, `path`, `rule`, and `fix`."""
        return asdict(self)
