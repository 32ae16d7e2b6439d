"""Measure the layer beside others, and invocations in AWS's runtime interface emulator.

    python -m bench [--rounds 9] [--warm 20] [--turns 31]

Every round starts every function once with and once without byte-code, in changing order, which
spreads busy moments of the machine over all of them. The results are medians and the ratios between
them: the emulator runs on this machine's processor, not on Lambda's.
"""

import base64
import itertools
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from pivotctl.project import Project
from pivotctl.stack import Stack, session
from pivotctl.stack.environment import Code, LambdaEnvironment
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import LogFile, RieSandbox, supported

BASELINES = Path(__file__).parent / "baselines"
STATELESS, STATEFUL = "say_hello", "account_balance"
BARE, LOGGER, CLIENT, CALLS = (
    "bare",
    "logger_metrics",
    "logger_client",
    "logger_client_calls",
)
SUBJECTS = (BARE, LOGGER, STATELESS, CLIENT, CALLS, STATEFUL)
LAYER = "CommonLayer"
RATIOS = ((STATELESS, LOGGER), (STATEFUL, CLIENT), (STATEFUL, CALLS))
INVOKE_SECONDS = 30.0


@dataclass(frozen=True)
class Case:
    """One function, with byte-code or without."""

    name: str
    compiled: bool


@dataclass
class Times:
    """Milliseconds of first invocations and of warm ones."""

    first: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float | int]:
        """Medians, and what one warm invocation in a hundred exceeds."""
        return {
            "first_ms": round(statistics.median(self.first), 1),
            "first_min_ms": round(min(self.first), 1),
            "warm_p50_ms": round(statistics.median(self.warm), 2),
            "warm_p99_ms": round(statistics.quantiles(self.warm, n=100)[98], 2),
            "rounds": len(self.first),
        }


type Row = dict[str, Any]
type Results = dict[Case, Times]
type Start = Callable[[Case], RieSandbox]


def prepare(project: Project, target: Path) -> None:
    """Put the code to be measured into `target/compiled` and, without byte-code, `target/plain`."""
    build = project.root / ".aws-sam/build"
    compiled, plain = target / "compiled", target / "plain"
    shutil.copytree(build / LAYER, compiled / LAYER)
    for name in (STATELESS, STATEFUL):
        shutil.copytree(build / project.function(name).logical_id, compiled / name)
    for folder in BASELINES.iterdir():
        shutil.copytree(folder, compiled / folder.name)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(compiled, plain, ignore=ignore)
    command = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(compiled)]
    subprocess.run([sys.executable, *command], check=True)


def environment(stack: Stack, case: Case, code: Path) -> LambdaEnvironment:
    """Return the environment of the function of *case*; baselines get account_balance's."""
    own = stack.lambda_environment(case.name if case.name == STATELESS else STATEFUL)
    root = code / ("compiled" if case.compiled else "plain")
    found = Code(root / case.name, (root / LAYER / "python",), stack.project.tools.runtime)
    return replace(own, code=found)


def events(project: Project, name: str) -> Iterator[bytes]:
    """First requests of ever new calls, made from the function's sample event."""
    folder = name if name in {STATELESS, STATEFUL} else STATELESS
    path = project.root / "events/pivot" / folder / "post_form.json"
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    body = base64.b64decode(event["body"]).decode()
    _, call = next(pair.split("=") for pair in body.split("&") if pair.startswith("Call-ID="))
    while True:
        fresh = body.replace(call, uuid.uuid4().hex)
        yield json.dumps(event | {"body": base64.b64encode(fresh.encode()).decode()}).encode()


def timed(sandbox: RieSandbox, event: bytes) -> float:
    """Milliseconds that one invocation takes; raises ClickException if it fails."""
    start = time.perf_counter()
    returned = sandbox.invoke(event, INVOKE_SECONDS)
    elapsed = (time.perf_counter() - start) * 1000
    if returned.failed or b'"statusCode": 200' not in returned.payload:
        raise click.ClickException(f"An invocation failed: {returned.payload.decode()[:500]}")
    return elapsed


def measure(project: Project, start: Start, case: Case, warm: int, times: Times) -> None:
    """Start the function anew; time its first invocation and *warm* more."""
    sandbox = start(case)
    requests = events(project, case.name)
    try:
        times.first.append(timed(sandbox, next(requests)))
        times.warm += [timed(sandbox, event) for event in itertools.islice(requests, warm)]
    finally:
        sandbox.stop()


def run(project: Project, start: Start, rounds: int, warm: int) -> Results:
    """Measure every case once a round, in a new order each time."""
    results: Results = {Case(name, flag): Times() for flag in (True, False) for name in SUBJECTS}
    order = list(results)
    for number in range(1, rounds + 1):
        random.Random(number).shuffle(order)  # noqa: S311 an order, not a secret
        for case in order:
            measure(project, start, case, warm, results[case])
        click.echo(f"\rround {number} of {rounds} ", nl=number == rounds, err=True)
    return results


def compare(project: Project, turns: int) -> list[Row]:
    """Have `bench.warm` measure the built layer, in the environment that has the others."""
    python = project.root / ".tools/bench/bin/python"
    layer = project.root / ".aws-sam/build" / LAYER / "python"
    path = os.pathsep.join(map(str, (project.root, layer)))
    with tempfile.NamedTemporaryFile(suffix=".json") as result:
        subprocess.run(
            [python, "-m", "bench.warm", str(turns), result.name],
            cwd=project.root,
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        rows: list[Row] = json.loads(Path(result.name).read_text(encoding="utf-8"))
    return rows


def show_rows(rows: list[Row]) -> None:
    """Print a line for each pair: microseconds of CPU, our share of their time, and the goal."""
    click.echo(f"{'microseconds of CPU':36}{'ours':>8}  {'theirs':26}{'ratio':>7}{'goal':>9}")
    for row in rows:
        for name, ratio in row["ratios"].items():
            times = row["microseconds"]
            goal = f"<= {row['goal']}" if name == row["against"] else ""
            theirs = f"{times[name]:8.1f} {name}"
            click.echo(
                f"{row['contest']:36}{times['pivotkit']:8.1f}  {theirs:26}{ratio:7.2f}{goal:>9}"
            )
    click.echo()


def ratios(results: Results) -> dict[str, float]:
    """First invocations with byte-code, held against their baselines."""
    first = {case.name: statistics.median(t.first) for case, t in results.items() if case.compiled}
    return {f"{name} / {base}": round(first[name] / first[base], 3) for name, base in RATIOS}


def show(results: Results) -> None:
    """Print the table."""
    click.echo(f"{'milliseconds':22}{'first':>8}{'first, no':>12}{'warm':>9}{'warm':>9}")
    click.echo(f"{'':22}{'':>8}{'byte-code':>12}{'p50':>9}{'p99':>9}")
    for name in SUBJECTS:
        compiled = results[Case(name, compiled=True)].summary()
        plain = results[Case(name, compiled=False)].summary()
        click.echo(
            f"{name:22}{compiled['first_ms']:8.1f}{plain['first_ms']:12.1f}"
            f"{compiled['warm_p50_ms']:9.2f}{compiled['warm_p99_ms']:9.2f}"
        )
    click.echo()
    for pair, ratio in ratios(results).items():
        click.echo(f"first invocation of {pair}: {ratio:.2f}")


def as_json(results: Results) -> dict[str, Any]:
    """Return the results of the emulator as text."""
    cases = [
        {"function": case.name, "byte_code": case.compiled, **times.summary()}
        for case, times in results.items()
    ]
    return {"cases": cases, "ratios": ratios(results)}


def save(project: Project, rows: list[Row], invocations: dict[str, Any]) -> Path:
    """Write everything as JSON into .bench/."""
    folder = project.root / ".bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    document = {"python": sys.version.split()[0], "side_by_side": rows, **invocations}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def invocations(project: Project, rounds: int, warm: int) -> Results:
    """Measure a bare function, Powertools alone, a boto3 client alone, and two templates."""
    processes = Processes()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            session(project, functions=[STATELESS, STATEFUL], fresh=True) as stack,
        ):
            prepare(project, Path(folder))
            log = LogFile(project.root / ".bench/functions.log")

            def start(case: Case) -> RieSandbox:
                where = environment(stack, case, Path(folder))
                return RieSandbox(project.tools, where, processes, log)

            return run(project, start, rounds, warm)
    finally:
        processes.close()


@click.command()
@click.option("--rounds", default=9, show_default=True, help="Fresh starts (0: none).")
@click.option("--warm", default=20, show_default=True, help="Warm invocations after each.")
@click.option("--turns", default=31, show_default=True, help="Turns of each pair side by side.")
def main(*, rounds: int, warm: int, turns: int) -> None:
    """Compare the layer with others, then first and warm invocations in Lambda's runtime."""
    project = Project.find()
    rows = compare(project, turns)
    show_rows(rows)
    measured: dict[str, Any] = {}
    if not supported():
        click.echo("AWS publishes the runtime for Linux only: no invocations are measured.")
    elif rounds:
        results = invocations(project, rounds, warm)
        show(results)
        measured = as_json(results)
    click.echo(f"\nAll numbers: {save(project, rows, measured).relative_to(project.root)}")


if __name__ == "__main__":
    main()
