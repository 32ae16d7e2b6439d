"""`pivotctl tick`: a scheduled function, now and not when its clock says so."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from pivotctl.commands.invoke import invoke, pretty
from pivotctl.commands.serve import ERRORS
from pivotctl.project import Project
from pivotctl.stack.schedules import NoScheduleError, events


@click.command("tick", short_help="Run a scheduled function now.")
@click.argument("name")
@click.option(
    "--at",
    type=click.DateTime(("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S")),
    help="The moment that the schedule tells, for instance 2026-01-15T06:00:00Z.",
)
def command(*, name: str, at: datetime | None) -> None:
    """Run the function NAME once for each of its schedules, as EventBridge would.

    Prints the function's log on standard error and what it returns on standard output. The exit
    status is 1 if the function fails. Tables and queues are those of `pivotctl serve` if it runs.
    """
    try:
        project = Project.find()
        function = project.function(name)
        returned = [invoke(project, function, event, {}) for event in events(function, at)]
    except (*ERRORS, NoScheduleError) as error:
        raise click.ClickException(str(error)) from error
    for each in returned:
        click.echo(pretty(each.payload))
    if any(each.failed for each in returned):
        sys.exit(1)
