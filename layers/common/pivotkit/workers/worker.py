"""`@worker`: handlers that process stored deliveries, one at a time.

Powertools and Lambda take care of batches, retries, and the dead-letter queue: a delivery that
fails is reported on its own, and the rest of its batch counts as done.

A batch ends in time, whatever one of its deliveries waits for: each gets its share of the time that
Lambda leaves, and one that needs more is reported as failed.
"""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain, islice
from typing import Any, overload

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from pivotkit.core import faults, telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut, patience
from pivotkit.core.parallel import at_once
from pivotkit.store.records import Delivery
from pivotkit.workers.worker_settings import WorkerSettings

RESERVE = 3.0
"""Seconds before Lambda's time-out in which no delivery is processed: to note and report them."""

LEAST_SHARE = 5.0
"""Seconds that a delivery may take in any batch, if there are as many."""

LEAST_TIME = 0.5
"""Seconds without which no delivery is begun."""

type Template = Callable[[Delivery], None]
type TemplateWithSettings[S] = Callable[[Delivery, S], None]
type Order = Callable[[Delivery], Any]
"""The place of a delivery in its batch: anything that can be compared."""

_context: ContextVar[Any] = ContextVar("context", default=None)


class OutOfTime(Exception):
    """Raised when a delivery could not be processed in its share of the batch's time."""


def context() -> Any:
    """Return the Lambda context of the current batch; `None` outside of a batch."""
    return _context.get()


@contextmanager
def running(lambda_context: Any) -> Iterator[None]:
    """Make *lambda_context* that of the current batch, or of the current run of a schedule."""
    outside = _context.set(lambda_context)
    try:
        yield
    finally:
        _context.reset(outside)


def time_left() -> float:
    """Return the seconds that the current batch or run has left; infinity outside of one."""
    current = context()
    if current is None:
        return math.inf
    milliseconds: int = current.get_remaining_time_in_millis()
    return milliseconds / 1000 / patience() - RESERVE  # a local stack stretches every limit


class _Turns:
    """Processes the records of a batch in turn, each within its share of the time left."""

    def __init__(self, deliver: Callable[[Any], None], records: int) -> None:
        self._deliver = deliver
        self._waiting = records

    def __call__(self, record: Any) -> None:
        """Process *record*. Raises `OutOfTime`, and what its template raises."""
        left = time_left()
        share = min(left, max(left / self._waiting, LEAST_SHARE))
        self._waiting -= 1
        if left == math.inf:
            self._deliver(record)
            return
        _require_time(left)
        limit = Deadline(share)
        try:
            with limit:
                self._deliver(record)
        except DeadlineExceeded as error:
            limit.stop()
            after_cut()
            raise OutOfTime(f"not done in {share:.1f} s") from error


class _ParallelProcessor(BatchProcessor):
    """Processes at most *parallel* records of a batch at the same time.

    With `lines`, records of one line are processed in turn; each is the number of its records.
    """

    parallel = 1
    lines: tuple[int, ...] = ()

    def process(self) -> list[Any]:
        """Process all records."""
        if not self.lines:
            return at_once(self._process_record, self.records, most=self.parallel)
        waiting = iter(self.records)
        lines = [list(islice(waiting, length)) for length in self.lines]
        done = at_once(self._in_turn, lines, most=min(self.parallel, len(lines)))
        return [result for results in done for result in results]

    def _in_turn(self, records: list[Any]) -> list[Any]:
        return [self._process_record(record) for record in records]


def _require_time(left: float) -> None:
    if left < LEAST_TIME:
        raise OutOfTime("the batch has no time left")


class Worker:
    """A Lambda handler for batches from the CallRecords stream, the spool, or the event bus."""

    def __init__(
        self,
        template: Callable[..., None],
        parallel: int = 1,
        settings: type[tuple[Any, ...]] | None = None,
        order: Order | None = None,
    ) -> None:
        self.template = template
        self._parallel = parallel
        self._order = order
        self.settings = WorkerSettings(settings, parallel=parallel)
        self.__doc__ = template.__doc__

    def __call__(self, event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
        """Process one batch, and return the deliveries that must be retried."""
        with running(context):
            return self._batch(event, context)

    def _batch(self, event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
        records = event.get("Records") or []
        queue = bool(records) and records[0].get("eventSource") == "aws:sqs"
        lines = _lines(records, self._order) if queue and self._order else []
        if lines:
            event = {**event, "Records": [*chain.from_iterable(lines)]}
        kind = EventType.SQS if queue else EventType.DynamoDBStreams
        processor = _ParallelProcessor(kind, raise_on_entire_batch_failure=False)
        processor.parallel = self._parallel
        processor.lines = tuple(map(len, lines))
        answer = process_partial_response(
            event=event,
            record_handler=self._in_time(self._queued if queue else self._streamed, len(records)),
            processor=processor,
            context=context,
        )
        self._note(len(records), processor)
        return answer

    def _in_time(self, deliver: Callable[[Any], None], records: int) -> Callable[[Any], None]:
        """Return a function that processes one record, and leaves the others their time."""
        if self._parallel == 1:
            return _Turns(deliver, records)

        def begin(record: Any) -> None:
            _require_time(time_left())
            deliver(record)

        return begin

    def _note(self, records: int, processor: BatchProcessor) -> None:
        """Log the batch and each failure, and count what failed."""
        for _, error, _ in processor.exceptions:
            report = {**faults.fault(error), **faults.details(error)} if error else {}
            telemetry.logger().error("delivery failed", extra=report)
        failed = len(processor.exceptions)
        late = sum(isinstance(error, OutOfTime) for _, error, _ in processor.exceptions)
        telemetry.done("batch", records=records, failed=failed, **({"late": late} if late else {}))
        if failed:
            telemetry.count("DeliveryFailed")
        if late:
            telemetry.count("OutOfTime")

    def _streamed(self, record: Any) -> None:
        image = record.raw_event["dynamodb"]["NewImage"]
        self._deliver(Delivery(image["pk"]["S"], image))

    def _queued(self, record: Any) -> None:
        self._deliver(_delivery(json.loads(record.body)))

    def _deliver(self, delivery: Delivery) -> None:
        self.template(delivery, *self.settings.of(delivery))


def _lines(records: list[dict[str, Any]], order: Order) -> list[list[dict[str, Any]]]:
    """The records of a queue by account, and those of an account in *order*.

    One that cannot be read is a line of its own, where it fails without the others.
    """
    lines: dict[str, list[tuple[Any, dict[str, Any]]]] = {}
    unreadable = []
    for record in records:
        try:
            delivery = _delivery(json.loads(record["body"]))
            place = order(delivery)
        except Exception:  # noqa: BLE001  (whatever it is, it is raised again where it counts)
            unreadable.append([record])
        else:
            lines.setdefault(delivery.account_id, []).append((place, record))
    ordered = [
        [record for _, record in sorted(line, key=lambda each: each[0])] for line in lines.values()
    ]
    return [*ordered, *unreadable]


def _delivery(message: Any) -> Delivery:
    """The delivery in a queue message: an event from the bus, or a spooled item."""
    if "detail" in message:
        from pivotkit.workers.bus import delivery_in  # noqa: PLC0415  (only for bus messages)

        return delivery_in(message["detail"])
    return Delivery(message["pk"]["S"], message)


@overload
def worker(template: Template) -> Worker: ...


@overload
def worker(*, parallel: int = 1, order: Order | None = None) -> Callable[[Template], Worker]: ...


@overload
def worker[S: tuple[Any, ...]](
    *, settings: type[S], parallel: int = 1
) -> Callable[[TemplateWithSettings[S]], Worker]: ...


def worker(
    template: Template | None = None,
    *,
    settings: type[tuple[Any, ...]] | None = None,
    parallel: int = 1,
    order: Order | None = None,
) -> Worker | Callable[[Callable[..., None]], Worker]:
    """Make a Lambda handler from a function that processes one `Delivery`.

    It may run more than once for the same delivery. An exception returns the delivery for a
    retry and, after the last one, moves it to the dead-letter queue. So does the end of its share
    of the batch's time, which interrupts it.

    With *parallel*, that many deliveries of a batch are processed at the same time, in threads,
    where nothing can interrupt the function: it has to end within `time_left()`.

    With *order*, the deliveries of an account in a queue's batch are processed in turn, by their
    place in it and not as the queue has handed them out.

    The function's second argument are its *settings*, a `NamedTuple`: those of the deployment, and
    over them those of the account that the delivery belongs to.
    """
    if template is not None:
        return Worker(template)
    return lambda decorated: Worker(decorated, parallel, settings, order)
