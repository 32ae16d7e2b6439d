"""Fuzzes the doors in turn: `python -m fuzz`, or `make fuzz`."""

from __future__ import annotations

import click

from fuzz.doors import NAMES
from fuzz.run import Budget, FuzzError, fuzzed
from pivotctl.project import Project

_MINUTES = 10


@click.command()
@click.argument("names", nargs=-1, metavar="[DOOR]...", type=click.Choice(NAMES))
@click.option("--seconds", default=60 * _MINUTES, show_default=True, help="For all doors together.")
@click.option("--executions", type=int, help="For all doors together, however long it takes.")
@click.option("--seed", default=1, show_default=True, help="Of the mutations.")
def main(*, names: tuple[str, ...], seconds: int, executions: int | None, seed: int) -> None:
    """Try any bytes at each DOOR, or at all, guided by the code that they reach.

    An input that breaks the rule of its door is kept in tests/fuzz, and the exit status is 1.
    """
    doors = names or NAMES
    budget = Budget(seconds, executions, seed).share(len(doors))
    try:
        done = [fuzzed(Project.find(), name, budget, click.echo) for name in doors]
    except FuzzError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{sum(each.executions for each in done)} executions at {len(done)} doors")
    broken = [each for each in done if each.broken]
    for each in broken:
        click.echo(f"{each.name}: {each.report}", err=True)
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
