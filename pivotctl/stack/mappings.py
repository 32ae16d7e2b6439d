"""Event source mappings, which deliver stream records and queue messages to worker functions.

On AWS this is a part of Lambda. Here each mapping is a thread that polls the local AWS by the same
rules: filters, batches, partial batch responses, retries, bisection, and an on-failure destination
for a stream or the queue's own redrive policy.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pivotctl.sam_template import REGION, arn
from pivotctl.stack import filters
from pivotctl.stack.processes import ClosedError
from pivotctl.stack.runtime import BusyError, RuntimeFailedError, StillRunningError

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

    from pivotctl.project import EventSource, Function
    from pivotctl.stack.aws import LocalAws
    from pivotctl.stack.gateway import Returned

type EventRecord = dict[str, Any]
type Invoke = Callable[[Mapping[str, Any]], Returned]
type ShardBatch = tuple[str, list[EventRecord]]
"""A shard, and records of it in their order."""

POLL_SECONDS = 0.1
# While nothing arrives, the pause doubles six times, to 6.4 s: a dozen mappings that poll all the
# time keep half a core busy. Whatever feeds a mapping's source ends its pause.
_DOUBLINGS = 6
_IDLE_PASSES = 3
_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 5.0
# AWS retries a stream's batch until it expires after a day, which is too long here.
_ENDLESS_RETRIES = 10
_TROUBLE = (
    BotoCoreError,
    ClientError,
    filters.FilterError,
    ClosedError,
    BusyError,
    RuntimeFailedError,
    StillRunningError,
    OSError,
)


class WorkersBusyError(Exception):
    """The workers did not finish in time."""


@dataclass
class EventSourceMapping(ABC):
    """A mapping; `invoke` runs the function.

    `idle` counts consecutive passes that found nothing, and is 0 while the function works. Holding
    `gate` pauses the mapping.
    """

    source: EventSource
    function: Function
    aws: LocalAws
    invoke: Invoke
    log: Callable[[str], None]
    passes: int = field(init=False, default=0)
    idle: int = field(init=False, default=0)
    gate: threading.Lock = field(init=False, default_factory=threading.Lock)
    _stopped: threading.Event = field(init=False, default_factory=threading.Event)
    _awake: threading.Event = field(init=False, default_factory=threading.Event)

    def start(self) -> None:
        """Start polling, in a background thread."""
        threading.Thread(target=self._run, daemon=True, name=self.source.name).start()

    def stop(self) -> None:
        """Stop polling."""
        self._stopped.set()
        self._awake.set()

    def wake(self) -> None:
        """Poll now instead of after the pause."""
        self._awake.set()

    def _run(self) -> None:
        trouble = ""
        while not self._stopped.is_set():
            found = True
            try:
                with self.gate:
                    found = self.poll()
                trouble = ""
            except _TROUBLE as error:
                # The local AWS may be stopped for a test, or the worker may be broken: keep trying.
                if str(error) != trouble and not self._stopped.is_set():
                    trouble = str(error)
                    self.log(f"{self.source.name}: {type(error).__name__}: {error}")
            self.idle = 0 if found else self.idle + 1
            self.passes += 1
            if trouble or not found:
                self._awake.wait(self._pause())
                self._awake.clear()

    def _pause(self) -> float:
        """Seconds until the next pass."""
        doubled = min(max(self.idle - 1, 0), _DOUBLINGS)
        return float(POLL_SECONDS * 2**doubled)

    def read_ahead(self) -> None:  # noqa: B027 the local AWS keeps its queues
        """Read all that a source loses when the local AWS stops."""

    def rewind(self) -> None:  # noqa: B027 a queue has nothing to rewind
        """Read a source that was reset from its beginning."""

    def hurry(self) -> None:  # noqa: B027 a stream is retried without a long wait
        """Retry failed items now."""

    @abstractmethod
    def poll(self) -> bool:
        """Fetch, invoke, and acknowledge once; return whether there was anything."""

    def failed_items(self, returned: Returned) -> set[str] | None:
        """Return the identifiers that the function reports as failed, or None for all."""
        if returned.failed:
            return None
        if not self.source.partial:
            return set()
        try:
            answer = json.loads(returned.payload) or {}
            failures = answer.get("batchItemFailures") or []
            found = {str(item["itemIdentifier"]) for item in failures}
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return None if "" in found else found


# -- queues ------------------------------------------------------------------------------------


@dataclass
class QueueMapping(EventSourceMapping):
    """Delivers messages of an SQS queue; failed ones are left to the redrive policy."""

    url: str = ""
    queue_arn: str = ""
    _client: SQSClient | None = field(init=False, default=None)
    _failed: dict[str, str] = field(init=False, default_factory=dict)

    def poll(self) -> bool:
        """Receive one batch, and handle it."""
        sqs = self._client = self._client or self.aws.sqs()
        messages: Sequence[Mapping[str, Any]] = sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=min(self.source.batch_size, 10),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return False
        self._handle(sqs, [sqs_record(message, self.queue_arn) for message in messages])
        return True

    def _handle(self, sqs: SQSClient, records: Sequence[EventRecord]) -> None:
        self.idle = 0
        handles = {record["messageId"]: record["receiptHandle"] for record in records}
        failed = self.failed_items(self.invoke({"Records": list(records)}))
        kept = handles.keys() if failed is None else handles.keys() & failed
        self._failed |= {message: handles[message] for message in kept}
        done = [message for message in handles if message not in kept]
        for message in done:
            self._failed.pop(message, None)
        if done:
            entries = [
                {"Id": str(at), "ReceiptHandle": handles[message]}
                for at, message in enumerate(done)
            ]
            sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]

    def hurry(self) -> None:
        """Deliver failed messages again now, not after the queue's visibility timeout."""
        with self.gate:
            failed, self._failed = self._failed, {}
        sqs = self.aws.sqs()
        for handle in failed.values():
            with contextlib.suppress(ClientError):  # it may be in the dead-letter queue by now
                sqs.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0
                )


def sqs_record(message: Mapping[str, Any], queue_arn: str) -> EventRecord:
    """Return a received message as Lambda passes it to a function."""
    attributes = {
        name: {
            "stringValue": value.get("StringValue"),
            "binaryValue": _base64(value.get("BinaryValue")),
            "dataType": value["DataType"],
        }
        for name, value in (message.get("MessageAttributes") or {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes") or {},
        "messageAttributes": attributes,
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode("ascii")


# -- streams -----------------------------------------------------------------------------------


@dataclass
class StreamMapping(EventSourceMapping):
    """Delivers records of a DynamoDB stream in order, from the oldest on.

    `carried` counts the records that were read ahead, to outlive the local AWS's stream.
    """

    table: str = ""
    destination_url: str | None = None
    carried: int = field(init=False, default=0)
    _client: DynamoDBStreamsClient | None = field(init=False, default=None)
    _stream_arn: str = field(init=False, default="")
    _iterators: dict[str, str | None] = field(init=False, default_factory=dict)
    _seen: dict[str, str] = field(init=False, default_factory=dict)
    _unhandled: deque[ShardBatch] = field(init=False, default_factory=deque)
    _given_up: list[ShardBatch] = field(init=False, default_factory=list)
    _reading: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._patterns = [filters.parse(item["Pattern"]) for item in self.source.filters]

    def rewind(self) -> None:
        """Forget the position in the stream, but not what was read and not handled yet."""
        with self._reading:
            self._iterators.clear()
            self._seen.clear()

    def read_ahead(self) -> None:
        """Read all that the stream has now, to be handled in its turn."""
        while found := self._read_once():
            self.carried += found

    def redeliver(self) -> int:
        """Deliver what was given up once more, and return the number of records.

        On AWS an operator reads them from the stream, at the positions in the dead-letter queue.
        """
        with self.gate:
            batches, self._given_up = self._given_up, []
            for shard, records in batches:
                self._deliver(shard, records, attempt=1)
        return sum(len(records) for _, records in batches)

    def poll(self) -> bool:
        """Handle what was read; if there is nothing, read the new records of every shard first."""
        found = bool(self._unhandled) or self._read_once() > 0
        while self._unhandled:
            self._handle(*self._unhandled[0])
            self._unhandled.popleft()
        return found

    def _read_once(self) -> int:
        """Read a batch of every shard, and return the number of its records."""
        with self._reading:
            streams = self._client = self._client or self.aws.streams()
            try:
                return sum([self._read(streams, shard) for shard in self._shards(streams)])
            except (BotoCoreError, ClientError):
                # An iterator lives for minutes, the number of the last record seen forever.
                self._iterators.clear()
                raise

    def _shards(self, streams: DynamoDBStreamsClient) -> list[str]:
        if self._iterators and all(self._iterators.values()):
            return list(self._iterators)  # a shard is closed when another one follows
        if not self._stream_arn:
            listed = streams.list_streams(TableName=self.table)["Streams"]
            self._stream_arn = listed[0]["StreamArn"] if listed else ""
        if not self._stream_arn:
            return []
        description = streams.describe_stream(StreamArn=self._stream_arn)["StreamDescription"]
        return [shard["ShardId"] for shard in description.get("Shards", [])]

    def _read(self, streams: DynamoDBStreamsClient, shard: str) -> int:
        iterator = self._iterators.get(shard) or self._iterator(streams, shard)
        answer = streams.get_records(
            ShardIterator=iterator, Limit=max(1, min(self.source.batch_size, 1000))
        )
        records: list[Any] = list(answer.get("Records", []))
        if records:
            read = [stream_record(record, self._stream_arn) for record in records]
            self._unhandled.append((shard, read))
            self._seen[shard] = records[-1]["dynamodb"]["SequenceNumber"]
        self._iterators[shard] = answer.get("NextShardIterator")
        return len(records)

    def _iterator(self, streams: DynamoDBStreamsClient, shard: str) -> str:
        if seen := self._seen.get(shard):
            return streams.get_shard_iterator(
                StreamArn=self._stream_arn,
                ShardId=shard,
                ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                SequenceNumber=seen,
            )["ShardIterator"]
        return streams.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]

    def _handle(self, shard: str, records: Sequence[EventRecord]) -> None:
        wanted = [record for record in records if filters.any_matches(self._patterns, record)]
        if wanted:
            self.idle = 0
            self._deliver(shard, wanted, attempt=1)

    def _deliver(self, shard: str, records: Sequence[EventRecord], attempt: int) -> None:
        """Invoke until every record is handled or given up; the order is kept."""
        allowed = self.source.retries if self.source.retries >= 0 else _ENDLESS_RETRIES
        left = list(records)
        while left and not self._stopped.is_set():
            failed = self.failed_items(self.invoke({"Records": left}))
            remaining = _from_first_failed(left, failed)
            if not remaining:
                return
            # Everything before the first failure is done, so the batch to retry is a new one.
            attempt = attempt + 1 if len(remaining) == len(left) else 2
            left = remaining
            if self.source.bisect and failed is None and len(left) > 1:
                middle = len(left) // 2
                self._deliver(shard, left[:middle], attempt)
                self._deliver(shard, left[middle:], attempt)
                return
            if attempt > allowed + 1:
                self._give_up(shard, left, attempt - 1)
                return
            self._stopped.wait(min(_BACKOFF_SECONDS * 2 ** (attempt - 2), _LONGEST_BACKOFF_SECONDS))

    def _give_up(self, shard: str, records: Sequence[EventRecord], attempts: int) -> None:
        self.log(f"{self.source.name}: gave up {len(records)} record(s) after {attempts} attempts")
        if self.destination_url is not None:
            note = failure_note(self.function, self._stream_arn, shard, records, attempts)
            self.aws.sqs().send_message(QueueUrl=self.destination_url, MessageBody=json.dumps(note))
        self._given_up.append((shard, list(records)))


def _from_first_failed(
    records: Sequence[EventRecord], failed: set[str] | None
) -> list[EventRecord]:
    """Return the records from the first failed one on, where the stream is read again."""
    if failed is None:
        return list(records)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    first = min((numbers.index(item) for item in failed if item in numbers), default=None)
    if first is None:
        # An identifier that is not in the batch makes the whole batch a failure.
        return list(records) if failed else []
    return list(records[first:])


def stream_record(record: Mapping[str, Any], stream_arn: str) -> EventRecord:
    """Return a record as Lambda passes it to a function: times in seconds, bytes in Base64."""
    data = dict(record["dynamodb"])
    created = data.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        data["ApproximateCreationDateTime"] = created.timestamp()
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record.get("awsRegion", REGION),
        "dynamodb": _json_safe(data),
        "eventSourceARN": stream_arn,
    }


def _json_safe(value: Any) -> Any:
    if isinstance(value, bytes):
        return _base64(value)
    if isinstance(value, Mapping):
        return {key: _json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_json_safe(item) for item in value]
    return value


def failure_note(
    function: Function, stream_arn: str, shard: str, records: Sequence[EventRecord], attempts: int
) -> EventRecord:
    """Return the message to a stream's on-failure destination, which only refers to records."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    first, last = records[0]["dynamodb"], records[-1]["dynamodb"]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": arn("AWS::Serverless::Function", function.logical_id),
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": now,
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _iso(first),
            "approximateArrivalOfLastRecord": _iso(last),
            "batchSize": len(records),
            "streamArn": stream_arn,
        },
    }


def _iso(data: Mapping[str, Any]) -> str:
    seconds = float(data.get("ApproximateCreationDateTime", 0))
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wait_until_idle(mappings: Sequence[EventSourceMapping], timeout: float) -> None:
    """Wait until all mappings have found nothing for a few passes.

    A few, because one worker may store something for another. Raises `WorkersBusyError` after
    `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    before = [mapping.passes for mapping in mappings]
    while True:
        waiting = [
            mapping.source.name
            for mapping, passes in zip(mappings, before, strict=True)
            if mapping.idle < _IDLE_PASSES or mapping.passes < passes + _IDLE_PASSES
        ]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise WorkersBusyError(f"Not finished within {timeout:g} s: {', '.join(waiting)}")
        for mapping in mappings:
            mapping.wake()
        time.sleep(POLL_SECONDS)
