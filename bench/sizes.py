"""Measure first and warm invocations by memory size: `python -m bench.sizes [--rounds 5]`.

Lambda gives a function processor time in proportion to its memory, one core at 1,769 MB. A control
group limits the emulator and the function in it to that share. Lambda itself is said to start
environments at full speed, so a first invocation here is the worst that it may be there. Needs
Linux, and the right to make control groups.
"""

import itertools
import json
import math
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench.__main__ import STATEFUL, STATELESS, Case, environment, events, prepare, timed
from pivotctl.project import Project
from pivotctl.stack import Stack, session
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import LogFile, RieSandbox
from scripts.lint_template import ROOT

SIZES = (128, 256, 512, 1024)
MEGABYTES_OF_A_CORE = 1769
PERIOD = 20_000
"""Microseconds in which a group gets its share once."""

PRICES = json.loads((ROOT / "scripts/prices.json").read_text(encoding="utf-8"))["dollars"]
_ROOT = Path("/sys/fs/cgroup")


@dataclass
class Measured:
    """Milliseconds of one function with one size."""

    first: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)

    def row(self, name: str, megabytes: int) -> str:
        """A line of the table, with the price of a million warm requests."""
        warm = statistics.median(self.warm)
        gigabyte_seconds = math.ceil(warm) / 1000 * megabytes / 1024
        price = 1e6 * (gigabyte_seconds * PRICES["gigabyte_seconds"] + PRICES["runs"])
        slow = statistics.quantiles(self.warm, n=20)[18]
        return (
            f"| {name} | {megabytes} MB | {statistics.median(self.first):.0f} ms"
            f" | {min(self.first):.0f} ms | {warm:.1f} ms | {slow:.0f} ms | ${price:.2f} |"
        )


HEAD = (
    "| template | memory | first | fastest first | warm, median | warm, 95th percentile"
    " | a million warm |\n|---|---|---|---|---|---|---|"
)


@contextmanager
def share(megabytes: int) -> Iterator[Path]:
    """Make a control group with the share of *megabytes*; yields its list of processes."""
    first_version = (_ROOT / "cpu").is_dir()
    group = _ROOT / ("cpu" if first_version else "") / f"pivot-bench-{os.getpid()}"
    group.mkdir()
    quota = round(PERIOD * megabytes / MEGABYTES_OF_A_CORE)
    try:
        if first_version:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def measure(
    stack: Stack, code: Path, case: Case, megabytes: int, warm: int, into: Measured
) -> None:
    """Start the function in a group of that size, and time its requests."""
    project, processes = stack.project, Processes()
    log = LogFile(project.root / ".bench/functions.log")
    with share(megabytes) as members:
        try:
            sandbox = RieSandbox(project.tools, environment(stack, case, code), processes, log)
            members.write_text(str(sandbox.pid))
            requests = events(project, case.name)
            into.first.append(timed(sandbox, next(requests)))
            into.warm += [timed(sandbox, event) for event in itertools.islice(requests, warm)]
        finally:
            processes.close()


def run(project: Project, sizes: Sequence[int], rounds: int, warm: int) -> Iterator[str]:
    """Measure both templates with each size, once a round; yields the table's lines."""
    cases = [(Case(name, compiled=True), size) for name in (STATELESS, STATEFUL) for size in sizes]
    found = {each: Measured() for each in cases}
    with (
        tempfile.TemporaryDirectory() as folder,
        session(project, functions=[STATELESS, STATEFUL], fresh=True) as stack,
    ):
        prepare(project, Path(folder))
        for _ in range(rounds):
            for case, size in cases:
                measure(stack, Path(folder), case, size, warm, found[case, size])
    for (case, size), measured in found.items():
        yield measured.row(case.name, size)


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Fresh starts of each size.")
@click.option("--warm", default=40, show_default=True, help="Warm invocations after each.")
def main(*, rounds: int, warm: int) -> None:
    """Print the table of first and warm invocations by memory size."""
    click.echo(HEAD)
    for line in run(Project.find(), SIZES, rounds, warm):
        click.echo(line)


if __name__ == "__main__":
    main()
