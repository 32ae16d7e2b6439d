"""Measure the console's pages of calls over many stored ones: `python -m bench.calls [CALLS]`.

Pages are asked for in Lambda's runtime interface emulator. The local DynamoDB reads its whole table
for each query of an index, as AWS's does not, so milliseconds say little about AWS; the number of
requests to DynamoDB is the same there. The results are medians, beside those without a call.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from zlib import crc32

import boto3
import click

from bench.__main__ import timed
from bench.pages import ACCOUNTS, BATCH, CONSOLE, DAY_SECONDS, DAYS, asked
from pivotctl.project import Project
from pivotctl.stack import Stack, session
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import LogFile, RieSandbox
from pivotkit.store.call_index import ROW, SHARDS, CallKey, account_day, day_of, day_shard

CALLS = 100_000
VIEWS = 3
PATIENCE = 20.0
FIRST_PAGE = "functions"
PAGES = {
    FIRST_PAGE: "/",
    "calls of all 50 accounts": "/calls",
    "calls of an account": f"/calls?account={ACCOUNTS[0]}",
    "an account, number without a hit": f"/calls?account={ACCOUNTS[0]}&number=999999999",
    "all accounts, number without a hit": "/calls?number=999999999",
    "new calls": f"/calls/newer?after={int(time.time() * 1000)}",
}
WITH_CALLS = {**PAGES, "one call": f"/call?account={ACCOUNTS[0]}&id=call-0"}


def rows(count: int, now: int) -> Iterator[dict[str, Any]]:
    """Rows of calls of the last week, spread over the accounts, as functions write them."""
    chance = random.Random(count)  # noqa: S311 numbers, not secrets
    for number in range(count):
        key = CallKey(ACCOUNTS[number % len(ACCOUNTS)], f"call-{number}")
        at = (now - chance.randrange(DAYS * DAY_SECONDS)) * 1000
        shard = crc32(key.text.encode()) % SHARDS
        texts = {
            "pk": key.text,
            "sk": ROW,
            "account": key.account,
            "call_id": key.call_id,
            "from": f"+1415{number:07}",
            "to": "6031@acme.example",
            "account_day": account_day(key.account, day_of(at)),
            "day_shard": day_shard(day_of(at), shard),
            "state": "ended",
            "cause": "NORMAL_CLEARING",
        }
        numbers = {"started": at, "last": at, "steps": 4, "duration": 60, "expires_at": now * 2}
        yield {
            **{name: {"S": text} for name, text in texts.items()},
            **{name: {"N": str(each)} for name, each in numbers.items()},
            "functions": {"SS": ["account_balance"]},
            "times": {"NS": ["12", "45", "230"]},
        }


def fill(stack: Stack, count: int) -> None:
    """Write the rows into the table."""
    own = stack.environment(CONSOLE)
    dynamodb: Any = boto3.client(
        "dynamodb",
        endpoint_url=own["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 the local AWS takes any
    )
    every = [{"PutRequest": {"Item": item}} for item in rows(count, int(time.time()))]

    def put(at: int) -> None:
        dynamodb.batch_write_item(RequestItems={own["CALL_INDEX_TABLE"]: every[at : at + BATCH]})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(0, len(every), BATCH)))


def views(
    project: Project, stack: Stack, processes: Processes, pages: Mapping[str, str]
) -> dict[str, tuple[float, int]]:
    """Each page's median milliseconds, after a view that is not counted, and its requests."""
    log = LogFile(project.root / ".bench/functions.log")
    where = stack.lambda_environment(CONSOLE)
    sandbox = RieSandbox(project.tools, where, processes, log)
    times: dict[str, list[float]] = {name: [] for name in pages}
    requests: dict[str, int] = {}
    try:
        for _ in range(VIEWS + 1):
            for name, path in pages.items():
                before = len(stack.dynamodb.calls)
                times[name].append(timed(sandbox, asked(path)))
                requests[name] = len(stack.dynamodb.calls) - before
    finally:
        sandbox.stop()
    return {name: (statistics.median(found[1:]), requests[name]) for name, found in times.items()}


def _said(found: tuple[float, int]) -> str:
    return f"{found[0]:.0f} ms, {found[1]:2} req."


def main(count: int) -> None:
    """Measure without calls and with *count*, and print a table."""
    project = replace(Project.find().with_live_debug(), patience=PATIENCE)
    (project.root / ".bench").mkdir(exist_ok=True)
    processes = Processes()
    try:
        with session(project, functions=[CONSOLE], fresh=True, wire=True) as stack:
            empty = views(project, stack, processes, PAGES)
            fill(stack, count)
            full = views(project, stack, processes, WITH_CALLS)
    finally:
        processes.close()
    click.echo(f"{'':38}{'no calls':>16}{f'{count:,} calls':>22}")
    for name, found in full.items():
        before = _said(empty[name]) if name in empty else ""
        click.echo(f"{name:38}{before:>16}{_said(found):>22}")
    path = project.root / ".bench" / f"calls-{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps({"empty": empty, "full": full}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else CALLS)
