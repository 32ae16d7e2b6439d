"""Batches of events, as Lambda passes them to a worker."""

from typing import Any


def stream(*items: dict[str, Any]) -> dict[str, Any]:
    """A batch from the stream of CallRecords."""
    records = [
        {
            "eventSource": "aws:dynamodb",
            "eventName": "INSERT",
            "dynamodb": {"NewImage": image, "SequenceNumber": str(number)},
        }
        for number, image in enumerate(items)
    ]
    return {"Records": records}


def queue(*bodies: str) -> dict[str, Any]:
    """A batch from the spool queue."""
    records = [
        {"eventSource": "aws:sqs", "messageId": str(number), "body": body}
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}
