"""The stored state of a call. Needs no AWS SDK, so that a call can be typed without it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pivotkit.http.parameters import Value


@dataclass(frozen=True, slots=True)
class Remembered:
    """The contents of a call's item: variables, values made once, and the steps of a run."""

    vars: Mapping[str, Value]
    once: Mapping[str, Value]
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """An answer in a run. The first step is the start and answers nothing.

    `length` is the number of keys pressed; of a secret answer nothing else is kept. `at` is Unix
    seconds.
    """

    at: int
    question: str = ""
    value: str | None = None
    length: int = 0


@dataclass(slots=True)
class Changes:
    """New variables and values, to be stored at the end of a request."""

    vars: dict[str, Value]
    once: dict[str, Value]

    def __bool__(self) -> bool:
        return bool(self.vars or self.once)
