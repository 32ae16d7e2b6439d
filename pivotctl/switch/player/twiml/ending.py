"""How a TwiML verb or document ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pivotctl.problems import Problem


class EndingKind(StrEnum):
    """How a verb, or the document, ended."""

    NEXT = "next"
    REQUEST = "request"
    STOP = "stop"
    ERROR = "error"
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a document ended: a request has `method` and `url`, an error or crash a problem."""

    result: EndingKind
    method: str = "post"
    url: str = ""
    problem: Problem | None = None


NEXT = Ending(EndingKind.NEXT)
STOP = Ending(EndingKind.STOP)
