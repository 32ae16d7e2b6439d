"""Measure the console: its first invocation, and its pages over many stored legs.

    python -m bench.pages [--legs 100000] [--rounds 5] [--views 15]

Pages are asked for in Lambda's runtime interface emulator, over the local DynamoDB, which answers
slower than AWS's. The results are medians and the ratios between them: of a first invocation to one
of a function with a logger and a boto3 client alone, of a page to the page that reads nothing.
"""

import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import click

from bench.__main__ import CLIENT, STATEFUL, STATELESS, Case, environment, events, prepare, timed
from pivotctl.project import Project, Route
from pivotctl.stack import Stack, session
from pivotctl.stack.gateway import http_event
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import LogFile, RieSandbox
from pivotkit.store.call_figures import Leg, leg_item

CONSOLE = "console"
ACCOUNTS = [f"{number:032x}" for number in range(50)]
DAYS = 7
DAY_SECONDS = 86_400
PLACES = ("Germany", "France", "United Kingdom, mobile", "Japan")
ROUTE = Route("ConsoleApi", "ANY", "/{proxy+}")
BATCH = 25
"""Items that DynamoDB takes at once."""

FIRST_PAGE = "functions"
PAGES = {
    FIRST_PAGE: "/",
    "CDRs of an account": f"/cdrs?account={ACCOUNTS[0]}",
    "CDRs of all 50 accounts": "/cdrs",
    "CDRs, filter without a hit": f"/cdrs?account={ACCOUNTS[0]}&cause=NOT_THERE",
    "CSV of an account": f"/cdrs.csv?account={ACCOUNTS[0]}",
    "funnel": f"/funnel?account={ACCOUNTS[0]}",
    "hooks": f"/hooks?account={ACCOUNTS[0]}",
    "audit": f"/audit?account={ACCOUNTS[0]}",
}


def legs(count: int, now: int) -> Iterator[Leg]:
    """Legs of the last week, spread over the accounts."""
    chance = random.Random(count)  # noqa: S311 numbers, not secrets
    for number in range(count):
        seconds = int(chance.expovariate(1 / 150))
        yield Leg(
            chance.choice(ACCOUNTS),
            f"call-{number}",
            now - chance.randrange(DAYS * DAY_SECONDS),
            direction=chance.choice(("inbound", "outbound")),
            from_number=f"+1415{number:07}",
            from_name="Jane Doe",
            to_number=f"+4930{number:07}",
            seconds=seconds,
            billed=seconds,
            cause="NORMAL_CLEARING",
            destination=chance.choice(PLACES),
            cost=seconds * 20,
            currency="USD",
        )


def items(count: int, now: int) -> Iterator[dict[str, Any]]:
    """The items of the legs, and then those of their sums, as the worker writes them."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for leg in legs(count, now):
        item = leg_item(leg, 1, {"N": str(now + 90 * DAY_SECONDS)})
        sums.setdefault((item["day"]["S"], leg.account_id), Counter()).update(leg.sums)
        yield item
    for (day_key, account), numbers in sums.items():
        named = {name: {"N": str(number)} for name, number in numbers.items()}
        yield {"pk": {"S": f"sums#{day_key}"}, "sk": {"S": account}, **named}


def fill(stack: Stack, count: int) -> None:
    """Write the items into the table."""
    own = stack.environment(CONSOLE)
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=own["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 the local AWS takes any
    )
    every: list[Any] = [{"PutRequest": {"Item": item}} for item in items(count, int(time.time()))]

    def put(at: int) -> None:
        dynamodb.batch_write_item(RequestItems={own["CALL_FIGURES_TABLE"]: every[at : at + BATCH]})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(0, len(every), BATCH)))


def asked(path: str) -> bytes:
    """A request for a page."""
    event = http_event("GET", f"http://127.0.0.1:8080{path}", (), route=ROUTE)
    return json.dumps(event).encode()


class Bench:
    """The running stack, and the code to start."""

    def __init__(self, project: Project, stack: Stack, folder: Path, processes: Processes) -> None:
        self._project, self._stack, self._folder = project, stack, folder
        self._processes = processes
        self._log = LogFile(project.root / ".bench/functions.log")

    def first(self, name: str) -> float:
        """Milliseconds of the first invocation of the console or of a baseline."""
        sandbox = self.start(name)
        event = asked("/") if name == CONSOLE else next(events(self._project, STATEFUL))
        try:
            return timed(sandbox, event)
        finally:
            sandbox.stop()

    def views(self, count: int) -> dict[str, float]:
        """The median milliseconds of each page, in turns, after one that is not counted."""
        sandbox = self.start(CONSOLE)
        times: dict[str, list[float]] = {name: [] for name in PAGES}
        try:
            for _ in range(count + 1):
                for name, path in PAGES.items():
                    times[name].append(timed(sandbox, asked(path)))
        finally:
            sandbox.stop()
        return {name: statistics.median(found[1:]) for name, found in times.items()}

    def start(self, name: str) -> RieSandbox:
        """Start a function anew."""
        where = (
            self._stack.lambda_environment(CONSOLE)
            if name == CONSOLE
            else environment(self._stack, Case(name, compiled=True), self._folder)
        )
        return RieSandbox(self._project.tools, where, self._processes, self._log)


def measured(project: Project, count: int, rounds: int, views: int) -> dict[str, Any]:
    """Fill the table, and measure."""
    processes = Processes()
    names = [STATELESS, STATEFUL, CONSOLE]
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            session(project, functions=names, fresh=True) as stack,
        ):
            prepare(project, Path(folder))
            bench = Bench(project, stack, Path(folder), processes)
            firsts = [(bench.first(CONSOLE), bench.first(CLIENT)) for _ in range(rounds)]
            empty = bench.views(views)
            began = time.perf_counter()
            fill(stack, count)
            click.echo(f"{count} legs written in {time.perf_counter() - began:.0f} s", err=True)
            own, base = (statistics.median(each) for each in zip(*firsts, strict=True))
            return {"first": own, "first_base": base, "empty": empty, "pages": bench.views(views)}
    finally:
        processes.close()


def show(found: dict[str, Any], count: int) -> None:
    """Print the tables."""
    ratio = found["first"] / found["first_base"]
    click.echo(f"first invocation: {found['first']:.0f} ms, {ratio:.2f} of logger and client\n")
    click.echo(f"{'milliseconds':30}{'no legs':>10}{f'{count:,} legs':>16}{'of functions':>14}")
    for name, milliseconds in found["pages"].items():
        share = milliseconds / found["pages"][FIRST_PAGE]
        click.echo(f"{name:30}{found['empty'][name]:10.1f}{milliseconds:16.1f}{share:14.2f}")


@click.command()
@click.option("--legs", "count", default=100_000, show_default=True, help="Stored legs.")
@click.option("--rounds", default=5, show_default=True, help="Fresh starts.")
@click.option("--views", default=15, show_default=True, help="Views of each page.")
def main(*, count: int, rounds: int, views: int) -> None:
    """Measure the console's first invocation and its pages."""
    project = Project.find()
    (project.root / ".bench").mkdir(exist_ok=True)
    found = measured(project, count, rounds, views)
    show(found, count)
    path = project.root / ".bench" / f"pages-{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps({"legs": count, **found}, indent=2) + "\n", encoding="utf-8")
    click.echo(f"\nAll numbers: {path.relative_to(project.root)}")


if __name__ == "__main__":
    main()
