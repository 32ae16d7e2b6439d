"""Measure what Live Debug costs an answer: `python -m bench.live_debug [ROUNDS]`.

Every round starts a process with Live Debug and one without it, in changing order, as Lambda starts
an execution environment, and answers requests in it. What counts are medians of the milliseconds of
INIT, of the processor time of the thread that answers, and the requests to DynamoDB that were sent
before an answer, by that thread. What is done after an answer is counted, too.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 9
REQUESTS = 300
FUNCTION = "say_hello"
ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
_CHILD = "--answers"


def main(rounds: int) -> None:
    """Measure, and print a table."""
    found: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for number in range(rounds):
        for on in random.Random(number).sample((False, True), 2):  # noqa: S311 an order
            found[on].append(_measured(on=on))
    click.echo(f"Live Debug, {FUNCTION}, medians of {rounds} rounds of {REQUESTS} answers")
    click.echo(f"{'':42}{'off':>9}{'on':>9}")
    for name, said in _ROWS.items():
        off, on = (statistics.median(each[name] for each in found[side]) for side in (False, True))
        click.echo(f"{said:42}{off:9.1f}{on:9.1f}")


_ROWS = {
    "init_ms": "INIT, ms",
    "answer_us": "an answer, µs of the answering thread",
    "before": "requests to DynamoDB before an answer",
    "after": "requests to DynamoDB after an answer",
}


def _measured(*, on: bool) -> dict[str, Any]:
    """The figures of one process."""
    folder = ROOT / "functions/pivot" / FUNCTION
    variables = {
        "AWS_SAM_LOCAL": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_SERVICE_NAME": FUNCTION,
        "LAMBDA_TASK_ROOT": str(folder),
        "PYTHONPATH": f"{folder}:{ROOT / 'layers/common'}:{ROOT}",
        "PATH": os.environ["PATH"],
        **({"CALL_INDEX_TABLE": "calls"} if on else {}),
    }
    command = [sys.executable, "-m", "bench.live_debug", _CHILD]
    done = subprocess.run(
        command, env=variables, cwd=ROOT, capture_output=True, text=True, check=True
    )
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def _answers() -> None:
    """Answer requests in this process, and print the figures."""
    started = time.perf_counter()
    import app  # type: ignore[import-not-found]  # noqa: PLC0415  (what is measured)

    init = (time.perf_counter() - started) * 1000
    counts = _counted()
    event, context = _event(), None
    for _ in range(20):
        app.handler(event, context)
    begin = time.thread_time()
    for _ in range(REQUESTS):
        app.handler(event, context)
    seconds = time.thread_time() - begin
    deadline = time.monotonic() + 20
    while "CALL_INDEX_TABLE" in os.environ and counts["after"] <= REQUESTS + 20:
        if time.monotonic() > deadline:
            raise TimeoutError(f"steps are not kept: {counts}")
        time.sleep(0.01)
    figures = {"init_ms": init, "answer_us": seconds / REQUESTS * 1e6, **_each(counts)}
    click.echo(json.dumps(figures))


def _each(counts: dict[str, int]) -> dict[str, float]:
    return {name: round(number / (REQUESTS + 20), 2) for name, number in counts.items()}


def _counted() -> dict[str, int]:
    """Requests to DynamoDB, which are answered at once: before an answer, and after it."""
    from pivotkit.store.dynamodb import JsonDynamoDb  # noqa: PLC0415  (the layer, as on Lambda)

    counts = {"before": 0, "after": 0}

    def call(_: JsonDynamoDb, operation: str, __: Any) -> dict[str, Any]:
        main_thread = threading.current_thread() is threading.main_thread()
        counts["before" if main_thread else "after"] += 1
        return {"Attributes": {"steps": {"N": "1"}}} if operation == "update_item" else {}

    JsonDynamoDb.call = call  # type: ignore[assignment,method-assign]
    return counts


def _event() -> dict[str, Any]:
    """A first request, as API Gateway passes it on."""
    fields = {"Account-ID": ACCOUNT, "Call-ID": "call", "Caller-ID-Name": "Jane Doe"}
    return {
        "version": "2.0",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "requestContext": {
            "domainName": "a.example",
            "stage": "$default",
            "http": {"method": "POST"},
        },
        "pathParameters": {"key": "pivot-development"},
        "body": urlencode(fields),
        "isBase64Encoded": False,
    }


if __name__ == "__main__":
    if sys.argv[1:] == [_CHILD]:
        _answers()
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
