"""Copies of one delivery at the same moment have one effect, in receivers and in workers.

Each copy is handled by a process of its own, as it would be in Lambda.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from boto3.dynamodb.types import TypeSerializer

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Options
from pivotkit.events import read_event
from scripts.make_events import CALLED_LEG
from scripts.sample_deliveries import ACCOUNT, MORE

if TYPE_CHECKING:
    from pivotctl.stack import Stack
    from pivotctl.stack.gateway import Returned

COPIES = 4
WORKERS_COPIES = 2  # for every worker: more cold starts would prove nothing more
ROUNDS = 3
SERVICES = {
    "notify_chat": "chat",
    "update_row": "rows",
    "screen_pop": "desk",
    "billing_sync": "billing",
    "fan_out": "customer",
}
"""The service that a worker sends events to, by the worker's name."""

WORKERS = (*SERVICES, "ivr_funnel", "last_agents", "rate_calls")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # published in the specification's own tests
CALLER = "+14155550142"
GREGORIAN_OFFSET = 62_167_219_200
_SECONDS = 90.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Sample:
    """A sample event under KAZOO's *name*, and the *workers* on which it has an effect."""

    name: str
    workers: tuple[str, ...]
    values: Mapping[str, Any]
    record: Mapping[str, Any] | None = None
    own: Callable[[str], dict[str, Any]] = field(default=lambda mark: {"call_id": mark})

    def event(self, mark: str) -> dict[str, Any]:
        """The values of a delivery for one round, which *mark* names."""
        now = {"timestamp": int(time.time()) + GREGORIAN_OFFSET}
        return {**self.values, **(now if "timestamp" in self.values else {}), **self.own(mark)}


EVENTS = (
    Sample(
        "missed_call",
        ("notify_chat", "update_row", "fan_out"),
        MORE["missed_call"],
        own=lambda mark: {"call_id": mark, "to_user": mark},
    ),
    Sample("channel_create", ("screen_pop",), {**CALLED_LEG, "hook_event": "channel_create"}),
    Sample(
        "channel_bridge",
        ("last_agents",),
        CALLED_LEG,
        {
            "state": "bridged",
            "at": "2026-01-15T09:30:00+00:00",
            "facts": {
                "call_direction": "outbound",
                "caller_id_number": CALLER,
                "owner_id": CALLED_LEG["owner_id"],
            },
        },
    ),
    Sample("doc_created", ("billing_sync",), MORE["doc_created"], own=lambda mark: {"id": mark}),
    Sample(
        "funnel",
        ("ivr_funnel",),
        MORE["funnel"],
        own=lambda mark: {"event_id": mark, "call_id": mark, "funnel": mark},
    ),
)
RATED = Sample(
    "cdr_api",
    ("rate_calls",),
    {},
    {
        "state": "ended",
        "at": "2026-01-15T09:30:00+00:00",
        "verified": True,
        "facts": {
            "billing_seconds": 31,
            "call_direction": "outbound",
            "to": "+447712345678@carrier.example",
        },
    },
)


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Stack]:
    """A receiver and the workers, each in several processes."""
    functions = ("everything", "call_records", "event_bus", *WORKERS)
    with pivotctl.stack.started(project, Options(functions, limit=COPIES)) as running:
        entry = {"url": f"{running.upstreams_url}/customer/hooks", "secret": SECRET}
        put(running, "endpoints", "all", {"endpoints": [{**entry, "events": ["*"]}]})
        yield running


def put(stack: Stack, kind: str, key: str, value: Mapping[str, Any]) -> None:
    """Write an entry of the Directory."""
    item = {
        "pk": {"S": f"{kind}#{ACCOUNT}"},
        "sk": {"S": key},
        "value": TypeSerializer().serialize(value),
    }
    table = stack.tables["DirectoryTable"]
    stack.own.aws.dynamodb().put_item(TableName=table, Item=item)


def items(stack: Stack, table: str, key: str) -> list[dict[str, Any]]:
    """All items under a key."""
    found = stack.own.aws.dynamodb().query(
        TableName=stack.tables[table],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
    )
    return [dict(item) for item in found["Items"]]


def at_once[T](work: Callable[[], T], copies: int = COPIES) -> list[T]:
    """The results of *work* in as many threads that begin at the same moment."""
    barrier = threading.Barrier(copies)

    def one(_: int) -> T:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(copies) as threads:
        return list(threads.map(one, range(copies)))


def invoke(stack: Stack, name: str, event: Mapping[str, Any]) -> Returned:
    """The result of a function that runs as in Lambda."""
    pool = stack.own.pool(stack.project.function(name))
    return pool.invoke(json.dumps(event).encode(), _SECONDS)


def failures(returned: Returned) -> list[Any]:
    """The items that a worker reports as failed."""
    assert not returned.failed, returned.payload
    failed: list[Any] = json.loads(returned.payload)["batchItemFailures"]
    return failed


@pytest.fixture
def ready(stack: Stack) -> Iterator[Callable[..., None]]:
    """Start all processes of a function, and end them after the test: they take memory."""
    started: list[str] = []

    def start(name: str, copies: int = COPIES) -> None:
        started.append(name)
        stack.restart_function(name)  # one that is idle would be done before the last has begun
        at_once(lambda: invoke(stack, name, {"nothing": "that it takes"}), copies)
        assert stack.own.pool(stack.project.function(name)).size == copies

    yield start
    for name in started:
        stack.restart_function(name)


def effects(stack: Stack, worker: str, mark: str) -> object:
    """The effects of a worker's work on one event; 1 for one effect."""
    if worker in SERVICES:
        asked = stack.upstreams[SERVICES[worker]].received
        return sum(mark in json.dumps([each.path, each.body]) for each in asked)
    if worker == "rate_calls":
        found = items(stack, "CallRecordsTable", f"{ACCOUNT}#{mark}")
        return sum(item["sk"]["S"] == "rating#cost" for item in found)
    if worker == "last_agents":
        found = items(stack, "DirectoryTable", f"last_agent#{ACCOUNT}")
        return [item["sk"]["S"] for item in found].count(CALLER)
    found = items(stack, "DirectoryTable", f"funnel#{ACCOUNT}")
    (entry,) = (item for item in found if item["sk"]["S"].startswith(f"{mark}#"))
    return int(entry["value"]["M"]["asked"]["N"])


def queued(sample: Sample, mark: str) -> dict[str, Any]:
    """A batch of a worker's queue with one message: a delivery from the event bus."""
    detail = {
        "key": f"{ACCOUNT}#{mark}",
        "sort": f"event#{sample.name}#{mark}" if sample is not RATED else f"api#{mark}",
        "account_id": ACCOUNT,
        "received_at": int(time.time()),
        "event": sample.event(mark),
        "record": sample.record,
    }
    message = {"messageId": mark, "body": json.dumps({"detail": detail}), "receiptHandle": mark}
    source = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:0:Q"}
    return {"Records": [{**message, **source, "attributes": {}, "messageAttributes": {}}]}


def marks(begin: str) -> list[str]:
    """A name for each round, which a chat shows unchanged."""
    return [f"{begin.replace('_', '-')}-{number}" for number in range(ROUNDS)]


@pytest.mark.parametrize(
    ("worker", "sample"), [(name, sample) for sample in (*EVENTS, RATED) for name in sample.workers]
)
def test_copies_of_a_message(
    stack: Stack, ready: Callable[..., None], worker: str, sample: Sample
) -> None:
    """A worker that gets a message several times at once, and once more, handles it once."""
    ready(worker, WORKERS_COPIES)
    for mark in marks(f"message-{worker}"):
        batch = queued(sample, mark)
        answers = at_once(partial(invoke, stack, worker, batch), WORKERS_COPIES)
        assert [] in [failures(answer) for answer in answers]
        assert failures(invoke(stack, worker, batch)) == []
        assert effects(stack, worker, mark) == 1


def post(url: str, body: bytes) -> int:
    """Deliver as KAZOO does; return the status of the answer."""
    headers = {"content-type": "application/json", "x-hook-id": "a" * 32}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        return int(answer.status)


def stored(stack: Stack, event: Mapping[str, Any]) -> dict[str, Any]:
    """The one item of a delivery, from which one record was made."""
    about = read_event(event).about
    delivery, record = items(stack, "CallRecordsTable", f"{ACCOUNT}#{about}")
    assert record["sk"]["S"] == "record"
    assert record["deliveries"]["N"] == "1"
    return delivery


def test_copies_of_a_delivery(stack: Stack, ready: Callable[..., None]) -> None:
    """A delivery that arrives several times at once is stored, merged, and passed on once."""
    ready("everything")
    url = stack.url("everything")
    samples = [(each, mark, each.event(mark)) for each in EVENTS for mark in marks(each.name)]
    for *_, event in samples:
        body = json.dumps(event).encode()
        assert at_once(partial(post, url, body)) == [200] * COPIES
    stack.wait_for_workers(60)
    for each, mark, event in samples:
        assert stored(stack, event)
        assert {name: effects(stack, name, mark) for name in each.workers} == once(each)


def test_copies_of_a_stream_record(stack: Stack, ready: Callable[..., None]) -> None:
    """A reader of the table's stream that gets a record several times does nothing again."""
    workers, sample = ("call_records", "event_bus"), EVENTS[0]
    for worker in workers:
        ready(worker)
    events = {mark: sample.event(mark) for mark in marks("stream")}
    for event in events.values():
        post(stack.url("everything"), json.dumps(event).encode())
    stack.wait_for_workers(60)
    for event in events.values():
        image = {"NewImage": stored(stack, event), "SequenceNumber": "1"}
        batch = {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": image}]}
        for worker in workers:
            answers = at_once(partial(invoke, stack, worker, batch))
            assert not any(failures(each) for each in answers)
    stack.wait_for_workers(60)
    for mark, event in events.items():
        assert stored(stack, event)
        assert {name: effects(stack, name, mark) for name in sample.workers} == once(sample)


def once(sample: Sample) -> dict[str, int]:
    """One effect of each worker."""
    return dict.fromkeys(sample.workers, 1)


@pytest.fixture
def wired(project: Project) -> Iterator[Stack]:
    """A receiver whose table can become unreachable, and a chat behind it."""
    functions = ("everything", "spooled_deliveries", "call_records", "event_bus", "notify_chat")
    options = Options(functions, limit=COPIES, wire=True)
    with pivotctl.stack.started(project, options) as running:
        yield running


def test_copies_that_wait_for_the_table(wired: Stack) -> None:
    """All copies that arrive while DynamoDB is unreachable wait in the queue; one is stored."""
    sample, url = EVENTS[0], wired.url("everything")
    at_once(partial(invoke, wired, "everything", {"nothing": "that it takes"}))
    events = {mark: sample.event(mark) for mark in marks("waiting")}
    with wired.dynamodb.failing("refused"):
        for event in events.values():
            assert at_once(partial(post, url, json.dumps(event).encode())) == [200] * COPIES
    wired.retry_failed()
    wired.wait_for_workers(120)
    for mark, event in events.items():
        assert stored(wired, event)
        assert effects(wired, "notify_chat", mark) == 1
