"""The phones that `pivotctl tick` is told of."""

from __future__ import annotations

import click
import pytest

from pivotctl.commands.tick import outcomes
from pivotctl.switch.world import Rung

ANN, BOB = "+14155550123", "2001"


def test_an_outcome_for_each_call() -> None:
    """A number may be named several times: first call, second call."""
    told = outcomes([f"{ANN}=no-answer", f"{BOB}=busy", f"{ANN}=answered"])
    assert told == {ANN: [Rung.NO_ANSWER, Rung.ANSWERED], BOB: [Rung.BUSY]}
    assert outcomes([]) == {}


@pytest.mark.parametrize("text", ["busy", "=busy", f"{ANN}=", f"{ANN}=dead", ANN])
def test_an_outcome_that_is_none(text: str) -> None:
    """The error has the form, and the words that are allowed."""
    with pytest.raises(click.UsageError, match="NUMBER=OUTCOME, one of answered, busy"):
        outcomes([text])
