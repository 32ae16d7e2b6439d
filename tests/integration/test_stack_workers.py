"""Event source mappings hand streams and queues to workers as Lambda does."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

import pivotctl.stack
from tests.unit.stack.fixture import build, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from pivotctl.stack import Stack

WORKERS = ("stream_worker", "queue_worker")
_PATIENCE_SECONDS = 30.0


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with the two workers of the small project."""
    project = make_project(tmp_path_factory.mktemp("workers"))
    build(project)
    with pivotctl.stack.session(project, functions=WORKERS, fresh=True) as running:
        yield running


@pytest.fixture
def sqs(small: Stack) -> SQSClient:
    """A client of the stack's queues."""
    return small.own.aws.sqs()


@pytest.fixture
def dynamodb(small: Stack) -> DynamoDBClient:
    """A client of the stack's tables."""
    return small.own.aws.dynamodb()


def received(sqs: SQSClient, url: str, count: int) -> list[str]:
    """The bodies of `count` messages, waited for."""
    found: list[str] = []
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while len(found) < count and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
    return found


def put(dynamodb: DynamoDBClient, small: Stack, pk: str, kind: str = "wanted") -> None:
    """Store one item."""
    item: dict[str, Any] = {"pk": {"S": pk}, "kind": {"S": kind}, "raw": {"B": b"\xff"}}
    dynamodb.put_item(TableName=small.tables["ThingsTable"], Item=item)


def test_stream_reaches_worker(small: Stack, dynamodb: DynamoDBClient, sqs: SQSClient) -> None:
    """New items that pass the filter reach the worker in order; others do not."""
    for pk, kind in (("a", "wanted"), ("b", "other"), ("c", "wanted"), ("a", "wanted")):
        put(dynamodb, small, pk, kind)
    small.wait_for_workers()
    assert received(sqs, small.queues["DoneQueue"], 2) == ["a", "c"]


def test_stream_gives_up_on_a_record(
    small: Stack, dynamodb: DynamoDBClient, sqs: SQSClient
) -> None:
    """A record that fails again and again goes to the destination, as a note of where it is."""
    put(dynamodb, small, "bad")
    small.wait_for_workers()
    put(dynamodb, small, "good")
    (note,) = (json.loads(body) for body in received(sqs, small.queues["DeadQueue"], 1))
    assert note["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert note["requestContext"]["approximateInvokeCount"] == 2
    assert note["DDBStreamBatchInfo"]["batchSize"] == 1
    assert "bad" not in json.dumps(note)
    assert received(sqs, small.queues["DoneQueue"], 1) == ["good"]


def test_queue_reaches_worker(small: Stack, sqs: SQSClient) -> None:
    """Messages reach the worker and are deleted."""
    work = small.queues["WorkQueue"]
    for name in ("one", "two"):
        sqs.send_message(QueueUrl=work, MessageBody=name)
    assert sorted(received(sqs, small.queues["DoneQueue"], 2)) == ["one", "two"]
    small.wait_for_workers()
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=names)["Attributes"]
    assert set(counts.values()) == {"0"}


def test_partial_failure_of_a_queue(small: Stack, sqs: SQSClient) -> None:
    """Only the message that failed comes again, and lies in the dead-letter queue in the end."""
    work = small.queues["WorkQueue"]
    for name in ("bad", "good"):
        sqs.send_message(QueueUrl=work, MessageBody=name)
    assert received(sqs, small.queues["DeadQueue"], 1) == ["bad"]
    assert received(sqs, small.queues["DoneQueue"], 1) == ["good"]


def test_failed_message_can_be_hurried(small: Stack, sqs: SQSClient) -> None:
    """A test can have a failed message delivered again at once."""
    work = small.queues["WorkQueue"]
    sqs.set_queue_attributes(QueueUrl=work, Attributes={"VisibilityTimeout": "600"})
    sqs.send_message(QueueUrl=work, MessageBody="bad")
    small.wait_for_workers()
    small.retry_failed()
    small.wait_for_workers()
    small.retry_failed()
    assert received(sqs, small.queues["DeadQueue"], 1) == ["bad"]


def test_records_of_a_stream_survive_a_restart_of_aws(
    small: Stack, dynamodb: DynamoDBClient
) -> None:
    """A worker gets what it had not read when the local AWS stopped, once that is back."""
    with small.own.paused_workers():
        put(dynamodb, small, "unread")
        small.stop_aws()
    small.restart_aws()
    assert received(small.own.aws.sqs(), small.queues["DoneQueue"], 1) == ["unread"]


def test_workers_survive_a_restart_of_aws(
    small: Stack, dynamodb: DynamoDBClient, sqs: SQSClient
) -> None:
    """When the local AWS comes back, with what it held, the workers go on where they were."""
    put(dynamodb, small, "before")
    assert received(sqs, small.queues["DoneQueue"], 1) == ["before"]
    small.stop_aws()
    small.restart_aws()
    put(small.own.aws.dynamodb(), small, "after")
    assert received(small.own.aws.sqs(), small.queues["DoneQueue"], 1) == ["after"]
