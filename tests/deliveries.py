"""Deliveries as they are stored in CallRecords, for tests of workers."""

import json
from typing import Any

from pivotkit.store.records import Delivery
from scripts.sample_deliveries import ACCOUNT

RECEIVED_AT = 1_768_469_406
"""The time of each delivery, in Unix seconds."""


def delivery(name: str, values: dict[str, Any]) -> Delivery:
    """A delivery of the event *name* with *values*."""
    key = f"{ACCOUNT}#call"
    item = {
        "pk": {"S": key},
        "sk": {"S": f"event#{name}#0f"},
        "received_at": {"N": str(RECEIVED_AT)},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(values)},
    }
    return Delivery(key, item)
