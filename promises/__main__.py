"""Tries what the collection promises: `python -m promises`, or `make promises`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import click

from pivotctl.project import Project
from promises import page
from promises import scale as scale_report
from promises.every import PROMISES
from promises.promise import Outcome, Promise, Row, Run


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "only_list", is_flag=True, help="Show the promises, and try none.")
@click.option(
    "--scale",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    help="Share of the full counts, for a quick look: 0.01 tries a hundredth.",
)
@click.option("--seed", default=20, show_default=True, help="Of everything that is random.")
def main(*, names: Sequence[str], only_list: bool, scale: float, seed: int) -> None:
    """Try the promises named, or all.

    A run of all also writes docs/promises.md and docs/scale.md. The exit status is 1 when a promise
    was not held.
    """
    chosen = _chosen(names)
    if only_list:
        for promise in chosen:
            click.echo(f"{promise.name:5} {promise.text}")
        return
    project = Project.find()
    run = Run(project, seed, scale, _progress)
    rows = list(tried(chosen, run))
    if not names:
        page.write(run, rows)
        scale_report.write(run)
        click.echo(f"\nWritten: {page.PATH}, {scale_report.PATH}")
    missed = [row.promise.name for row in rows if not row.outcome.held]
    if missed:
        raise click.ClickException(f"Not held: {', '.join(missed)}")


def _chosen(names: Sequence[str]) -> tuple[Promise, ...]:
    known = {promise.name: promise for promise in PROMISES}
    for name in names:
        if name not in known:
            raise click.UsageError(f"No promise is called {name}: {', '.join(known)}")
    return tuple(promise for promise in PROMISES if not names or promise.name in names)


def tried(promises: Sequence[Promise], run: Run) -> Iterator[Row]:
    """Measure one promise after the other, and show each row at once."""
    for promise in promises:
        run.say(f"{promise.name}: {promise.text}")
        start = time.monotonic()
        outcome = _outcome(promise, run)
        row = Row(promise, outcome, time.monotonic() - start)
        held = "held" if outcome.held else "NOT HELD"
        click.echo(f"{promise.name:5} {held:9} {outcome.figure} (goal: {promise.goal})")
        yield row


def _outcome(promise: Promise, run: Run) -> Outcome:
    """Return the outcome; a measurement that breaks off has not held its promise."""
    try:
        return promise.measure(run)
    except Exception as error:  # noqa: BLE001 the other promises are still to be tried
        return Outcome(f"broken off: {type(error).__name__}: {error}", held=False)


def _progress(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
