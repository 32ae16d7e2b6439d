"""Lines that functions print and log while a call is played, beside other calls."""

from collections.abc import Iterator
from typing import Any

import pytest

from pivotctl.local.outputs import CallOutputs, LoggedLine, Output, PrintedLine
from pivotctl.stack.failures import FailureReport
from pivotctl.switch.events import (
    Answered,
    Bridged,
    CallEvent,
    FunctionFailed,
    Logged,
    Ringing,
    RungLeg,
)

OWN, OTHER = "own@198.51.100.23", "other@198.51.100.23"


class _Logs:
    """The logs of a stack, of which each look shows the next outputs."""

    def __init__(self, *looks: list[Output]) -> None:
        self.looks = list(looks)

    def new(self) -> Iterator[Output]:
        """Lines written since the last look."""
        return iter(self.looks.pop(0) if self.looks else [])


def explained(logs: Any, *events: CallEvent, legs: set[str] | None = None) -> list[CallEvent]:
    """The events of a call with what the logs have."""
    return list(CallOutputs(logs, legs or set()).explained(iter(events)))


def texts(events: list[CallEvent]) -> list[str]:
    """Lines that were printed and logged."""
    return [str(getattr(event, "text", "")) for event in events if hasattr(event, "text")]


def test_another_call_is_left_out() -> None:
    """Entries about another call are left out; printed lines have no Call-ID, and stay."""
    looks: list[Output] = [
        LoggedLine("a", "mine", OWN),
        LoggedLine("a", "theirs", OTHER),
        PrintedLine("a", "x"),
    ]
    assert texts(explained(_Logs(looks), Answered(), legs={OWN})) == ["mine", "x"]


def test_every_leg_is_the_calls_own() -> None:
    """Receivers log about legs, which the call gets while it is played."""
    rung = Ringing(targets=("t",), seconds=9.0, legs=(RungLeg(at=0.0, target="t", call_id="b1"),))
    talks = Bridged(target="t", seconds=9.0, call_id="b2")
    logs = _Logs([], [], [LoggedLine("r", "rung", "b1"), LoggedLine("r", "bridged", "b2")])
    events = explained(logs, rung, talks, Answered(), legs={OWN})
    assert [each.text for each in events if isinstance(each, Logged)] == ["rung", "bridged"]


@pytest.mark.parametrize(("call_id", "report"), [(OWN, 1), ("", 1), (OTHER, 0)])
def test_a_failure_has_its_own_report(
    call_id: str, report: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of another call's failure is not this one's, even if the error is the same."""
    monkeypatch.setattr("pivotctl.local.outputs._WAIT_SECONDS", 0.0)
    found: list[Output] = [FailureReport("a", "ValueError", "no", call_id=call_id)]
    failed = FunctionFailed(error="ValueError at app.py:9 handler")
    (event,) = explained(_Logs(found), failed, legs={OWN})
    assert isinstance(event, FunctionFailed)
    assert len(event.report) == report


def test_without_a_call_id_everything_counts() -> None:
    """`pivotctl call` starts a stack of its own, or is alone on it."""
    assert texts(explained(_Logs([LoggedLine("a", "all", OTHER)]), Answered())) == ["all"]
