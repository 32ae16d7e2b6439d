"""Stored deliveries, and the batches in which workers get them."""

import json
from typing import Any

from pivotkit.store.records import Delivery
from scripts.sample_deliveries import ACCOUNT

NOW = 1_768_469_406


def delivery(name: str, values: dict[str, Any]) -> Delivery:
    """A delivery of *values* as it lies in the table."""
    key = f"{ACCOUNT}#call"
    item = {
        "pk": {"S": key},
        "sk": {"S": f"event#{name}#0f"},
        "received_at": {"N": str(NOW)},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(values)},
    }
    return Delivery(key, item)


def queue(*bodies: str) -> dict[str, Any]:
    """A batch from the spool queue."""
    records = [
        {"eventSource": "aws:sqs", "messageId": str(number), "body": body}
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}
