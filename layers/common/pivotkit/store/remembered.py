"""The stored state of a call. Needs no AWS SDK, so that a call can be typed without it."""

from collections.abc import Mapping
from typing import NamedTuple

from pivotkit.core.errors import StateLost
from pivotkit.http.parameters import Value


class Remembered(NamedTuple):
    """The contents of a call's item: variables, values made once, and the steps of a run."""

    vars: Mapping[str, Value]
    once: Mapping[str, Value]
    steps: tuple["Step", ...] = ()

    def at_step(self, index: int, step: "Step") -> "Remembered":
        """As it was at step *index*, with *step* there, or the stored one if *step* has no answer.

        Raises `StateLost` if the run has not come so far.
        """
        if len(self.steps) < index:
            raise StateLost(f"step {index} of a run that has not come so far")
        there = self.steps[index] if len(self.steps) > index and not step.length else step
        return self._replace(steps=(*self.steps[:index], there))

    def changed(self, changes: "Changes") -> "Remembered":
        """With *changes*. Values made once that are stored already win."""
        return self._replace(vars={**self.vars, **changes.vars}, once={**changes.once, **self.once})


class Step(NamedTuple):
    """An answer in a run. The first step is the start and answers nothing.

    `length` is the number of keys pressed; of a secret answer nothing else is kept. `at` is Unix
    seconds.
    """

    at: int
    question: str = ""
    value: str | None = None
    length: int = 0


class Changes(NamedTuple):
    """New variables and values, added as they come, to be stored at the end of a request."""

    vars: dict[str, Value]
    once: dict[str, Value]

    def __bool__(self) -> bool:
        return bool(self.vars or self.once)
