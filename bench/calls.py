"""Measure the console's pages of calls over many stored ones: `python -m bench.calls [CALLS]`.

The pages are asked for in this process, over a table in memory that answers queries of an index as
DynamoDB does: in order, up to a limit, and without a look at other rows. (The local DynamoDB reads
all rows for each query.) So the milliseconds are those of the console itself; each request to
DynamoDB adds some five of its own. Requests and rows read are what AWS counts.
"""

import json
import os
import random
import statistics
import sys
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click

from bench.pages import ACCOUNTS, DAY_SECONDS, DAYS, asked
from pivotkit.store import dynamodb as store
from pivotkit.store.call_index import ROW, CallKey, account_day, day_of
from pivotkit.store.day_shards import day_shard

CALLS = 100_000
VIEWS = 15
PAGES = {
    "functions": "/",
    "calls of all 50 accounts": "/calls",
    "calls of an account": f"/calls?account={ACCOUNTS[0]}",
    "an account, number without a hit": f"/calls?account={ACCOUNTS[0]}&number=999999999",
    "all accounts, number without a hit": "/calls?number=999999999",
    "new calls": "/calls/newer?after=",
    "one call": f"/call?account={ACCOUNTS[0]}&id=call-0",
}


def rows(count: int, now: int) -> Iterator[dict[str, Any]]:
    """Rows of calls of the last week, spread over the accounts, as functions write them."""
    chance = random.Random(count)  # noqa: S311 numbers, not secrets
    for number in range(count):
        key = CallKey(ACCOUNTS[number % len(ACCOUNTS)], f"call-{number}")
        at = (now - chance.randrange(DAYS * DAY_SECONDS)) * 1000
        texts = {
            "pk": key.text,
            "sk": ROW,
            "account": key.account,
            "call_id": key.call_id,
            "from": f"+1415{number:07}",
            "to": "6031@acme.example",
            "account_day": account_day(key.account, day_of(at)),
            "day_shard": day_shard(day_of(at), key.text),
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


class Memory:
    """The table in memory. Counts requests and the rows that they read."""

    def __init__(self, items: Iterator[dict[str, Any]]) -> None:
        self.requests = self.read = 0
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in sorted(items, key=_started):
            for name in ("pk", "account_day", "day_shard"):
                self._rows[item[name]["S"]].append(item)

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a read."""
        self.requests += 1
        if operation != "query":
            return {}
        values = request["ExpressionAttributeValues"]
        if "IndexName" not in request:
            return {"Items": self._rows.get(values[":pk"]["S"], [])}
        found = self._rows.get(values[":place"]["S"], [])
        first = bisect_left(found, int(values[":lower"]["N"]), key=_started)
        end = bisect_right(found, int(values[":upper"]["N"]), key=_started)
        part = found[max(first, end - request["Limit"]) : end][::-1]
        self.read += len(part)
        wanted = values.get(":number", {}).get("S", "")
        answer: dict[str, Any] = {"Items": [each for each in part if wanted in each["from"]["S"]]}
        return answer | ({"LastEvaluatedKey": part[-1]} if end - first > len(part) else {})


def _started(item: dict[str, Any]) -> int:
    return int(item["started"]["N"])


def console(memory: Memory) -> Any:
    """The console's handler, over *memory*."""
    os.environ |= {
        "AWS_SAM_LOCAL": "true",
        "AWS_REGION": "us-east-1",
        "CALL_INDEX_TABLE": "calls",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    sys.path.insert(0, "functions/console")
    store.JsonDynamoDb.call = lambda _, operation, request: memory.call(operation, request)  # type: ignore[method-assign,assignment,arg-type]
    import app  # type: ignore[import-not-found]  # noqa: PLC0415  (reads its variables)

    return app.handler


def main(count: int) -> None:
    """Measure, and print a table."""
    now = int(time.time())
    memory = Memory(rows(count, now))
    handler = console(memory)
    click.echo(f"{f'{count:,} calls':38}{'ms':>8}{'requests':>10}{'rows read':>11}")
    for name, path in PAGES.items():
        event = json.loads(asked(f"{path}{now * 1000}" if path.endswith("=") else path))
        times = []
        for _ in range(VIEWS):
            memory.requests = memory.read = 0
            began = time.perf_counter()
            answer = handler(event, None)
            times.append((time.perf_counter() - began) * 1000)
            if answer["statusCode"] != 200:  # noqa: PLR2004
                raise click.ClickException(f"{path}: {answer['statusCode']}")
        own = statistics.median(times)
        click.echo(f"{name:38}{own:8.1f}{memory.requests:10}{memory.read:11}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else CALLS)
