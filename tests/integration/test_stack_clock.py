"""The clock of `serve` on a real stack: it runs functions, and only where it was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pivotctl.stack
from pivotctl.commands.serve import listing
from pivotctl.stack import Options, started

if TYPE_CHECKING:
    from pivotctl.project import Project

ONLY = ("hook_watch", "cdr_export")


def test_scheduled_functions_run_by_the_clock(project: Project) -> None:
    """A due function runs once, with its moment, and reports in its own log."""
    with started(project, Options(ONLY, schedules=True)) as stack:
        clock = stack.own.clock
        assert clock
        clock.now = lambda: datetime.now(UTC) + timedelta(minutes=6)
        for thread in clock.look():
            thread.join(60)
        lines = [json.loads(line) for line in stack.logs("hook_watch") if '"run"' in line]
        assert [line["message"] for line in lines] == ["run"]
        assert "(scheduled: rate(5 minutes))" in listing(stack)


def test_a_failed_run_is_said(project: Project) -> None:
    """The output of `serve` says that a function failed, and when it was to run."""
    said: list[str] = []
    options = Options(ONLY, schedules=True, upstreams={}, say=said.append)
    with started(project, options) as stack:
        stack.upstreams.crossbar.fails()
        clock = stack.own.clock
        assert clock
        clock.now = lambda: datetime.now(UTC) + timedelta(minutes=6)
        for thread in clock.look():
            thread.join(60)
    assert [
        line for line in said if line.startswith("hook_watch failed when HookWatchWorker.Clock")
    ]


def test_other_stacks_have_no_clock(project: Project) -> None:
    """In tests and one-shot commands nothing runs by itself; the overview says what does."""
    with pivotctl.stack.session(project, functions=ONLY, fresh=True) as stack:
        assert stack.own.clock is None
        assert "tick hook_watch`)" in listing(stack)
