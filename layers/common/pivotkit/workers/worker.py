"""`@worker`: handlers that process stored deliveries, one at a time.

Powertools and Lambda take care of batches, retries, and the dead-letter queue: a delivery that
fails is reported on its own, and the rest of its batch counts as done.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from pivotkit.core import telemetry
from pivotkit.store.records import Delivery

_context: ContextVar[Any] = ContextVar("context", default=None)


def context() -> Any:
    """Return the Lambda context of the current batch; `None` outside of a batch."""
    return _context.get()


class Worker:
    """A Lambda handler for batches from the CallRecords stream, the spool, or the event bus."""

    def __init__(self, template: Callable[[Delivery], None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__

    def __call__(self, event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
        """Process one batch, and return the deliveries that must be retried."""
        _context.set(context)
        records = event.get("Records") or []
        queue = bool(records) and records[0].get("eventSource") == "aws:sqs"
        processor = BatchProcessor(
            event_type=EventType.SQS if queue else EventType.DynamoDBStreams,
            raise_on_entire_batch_failure=False,
        )
        answer = process_partial_response(
            event=event,
            record_handler=self._queued if queue else self._streamed,
            processor=processor,
            context=context,
        )
        failed = len(answer["batchItemFailures"])
        telemetry.done("batch", records=len(records), failed=failed)
        if failed:
            telemetry.count("DeliveryFailed")
        return answer

    def _streamed(self, record: Any) -> None:
        image = record.raw_event["dynamodb"]["NewImage"]
        self.template(Delivery(image["pk"]["S"], image))

    def _queued(self, record: Any) -> None:
        self.template(_delivery(json.loads(record.body)))


def _delivery(message: Any) -> Delivery:
    """The delivery in a queue message: an event from the bus, or a spooled item."""
    if "detail" in message:
        from pivotkit.workers.bus import delivery_in  # noqa: PLC0415  (only for bus messages)

        return delivery_in(message["detail"])
    return Delivery(message["pk"]["S"], message)


def worker(template: Callable[[Delivery], None]) -> Worker:
    """Make a Lambda handler from a function that processes one `Delivery`.

    It may run more than once for the same delivery. An exception returns the delivery for a
    retry and, after the last one, moves it to the dead-letter queue.
    """
    return Worker(template)
