"""Endings of a TwiML verb or document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pivotctl.problems import Problem


class EndingKind(StrEnum):
    """Kinds of endings of a verb or document."""

    NEXT = "next"
    REQUEST = "request"
    STOP = "stop"
    ERROR = "error"
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Ending:
    """An ending: a request has `method` and `url`, an error or a crash has a problem."""

    result: EndingKind
    method: str = "post"
    url: str = ""
    problem: Problem | None = None


NEXT = Ending(EndingKind.NEXT)
STOP = Ending(EndingKind.STOP)
