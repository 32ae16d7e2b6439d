"""`pivotctl tick`: runs a scheduled function now."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from pivotctl.commands.invoke import invoke, pretty
from pivotctl.commands.serve import ERRORS
from pivotctl.crossbar.client import CrossbarClient, CrossbarClientError
from pivotctl.project import Project
from pivotctl.stack import Stack, running
from pivotctl.stack.schedules import NoScheduleError, events
from pivotctl.switch.world import Rung


@click.command("tick", short_help="Run a scheduled function now.")
@click.argument("name")
@click.option(
    "--at",
    type=click.DateTime(("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S")),
    help="Time in the schedule's event, such as 2026-01-15T06:00:00Z.  [now]",
)
@click.option(
    "--phone",
    "phones",
    multiple=True,
    metavar="NUMBER=OUTCOME",
    help="Outcome of a call that the local Crossbar makes to NUMBER; repeat it for each call.",
)
def command(*, name: str, at: datetime | None, phones: tuple[str, ...]) -> None:
    """Run the function NAME once for each of its schedules, as EventBridge would.

    Prints the function's log to standard error, and its result to standard output. The exit status
    is 1 if the function fails. Uses the tables and queues of `pivotctl serve` if it is running.

    --phone +14155550123=busy (or answered, no-answer, rejected, unregistered, no-resources) scripts
    the outcome of calls that the Crossbar of `pivotctl serve` makes for a function. Other numbers
    answer.
    """
    try:
        project = Project.find()
        function = project.function(name)
        _script(project, outcomes(phones))
        returned = [invoke(project, function, event, {}) for event in events(function, at)]
    except (*ERRORS, CrossbarClientError, NoScheduleError) as error:
        raise click.ClickException(str(error)) from error
    for each in returned:
        click.echo(pretty(each.payload))
    if any(each.failed for each in returned):
        sys.exit(1)


def outcomes(pairs: Sequence[str]) -> Mapping[str, list[Rung]]:
    """Return the outcomes of calls by number, from texts like `+14155550123=busy`.

    Raises `click.UsageError`.
    """
    found: dict[str, list[Rung]] = {}
    for pair in pairs:
        number, _, outcome = pair.rpartition("=")
        if not number or outcome not in list(Rung):
            allowed = ", ".join(Rung)
            raise click.UsageError(f"{pair!r} is not of the form NUMBER=OUTCOME, one of {allowed}.")
        found.setdefault(number, []).append(Rung(outcome))
    return found


def _script(project: Project, phones: Mapping[str, list[Rung]]) -> None:
    """Script the running stack's Crossbar; any other stack ends with its command."""
    if not phones:
        return
    info = running(project)
    if info is None:
        raise click.ClickException("No stack is running: start one with `pivotctl serve`.")
    crossbar = CrossbarClient(str(Stack(project, info).upstreams_url))
    for number, each in phones.items():
        crossbar.phone(number, each)
