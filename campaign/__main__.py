"""Loses nothing: `python -m campaign`, or `make campaign`."""

from __future__ import annotations

from typing import Any

import click

from campaign.report import Goals, lines, problems, verdict
from campaign.run import FUNCTIONS, Campaign, DrainError, Plan
from pivotctl.commands.serve import ERRORS
from pivotctl.project import Project
from pivotctl.stack import Options, session

DEFAULT = Plan()


@click.command()
@click.option("--deliveries", type=click.IntRange(1), default=DEFAULT.deliveries)
@click.option("--kills", type=click.IntRange(0), default=DEFAULT.kills, help="SIGKILLs at work.")
@click.option("--worker-kills", type=click.IntRange(0), default=DEFAULT.worker_kills)
@click.option("--restarts", type=click.IntRange(0), default=DEFAULT.restarts, help="Of the store.")
@click.option("--cuts", type=click.IntRange(0), default=DEFAULT.cuts, help="Of DynamoDB alone.")
@click.option("--outage", type=click.IntRange(1), default=DEFAULT.outage, help="In deliveries.")
@click.option("--at-a-time", type=click.IntRange(1, Options.limit), default=DEFAULT.at_a_time)
@click.option("--seed", default=DEFAULT.seed, help="Of the order and of the troubles.")
def main(**options: Any) -> None:
    """Send thousands of deliveries while processes are killed and stores stopped; count the lost.

    The exit status is 1 when an acknowledged delivery is lost, or lacks its effect in a worker, or
    has it twice, when KAZOO would have disabled a hook, and when too little was sent, killed or
    stopped to prove anything.
    """
    plan = Plan(**options)
    try:
        with session(Project.find(), functions=FUNCTIONS, fresh=True, wire=True) as stack:
            result = Campaign(stack, plan, say=_progress).run()
    except (DrainError, *ERRORS) as error:
        raise click.ClickException(str(error)) from error
    for line in lines(plan, result):
        click.echo(line)
    found = list(problems(result, Goals()))
    for problem in found:
        click.echo(f"FAILED: {problem}")
    click.echo(verdict(result))
    raise SystemExit(1 if found else 0)


def _progress(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
