"""The events with which EventBridge runs scheduled functions."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pivotctl.sam_template import ACCOUNT, REGION

if TYPE_CHECKING:
    from pivotctl.project import Function, Schedule


class NoScheduleError(Exception):
    """The function is not scheduled."""

    def __init__(self, function: Function) -> None:
        super().__init__(
            f"{function.name} has no schedule in template.yaml: add an event of the type Schedule "
            f"to {function.logical_id}, or use `pivotctl invoke`"
        )


def events(function: Function, at: datetime | None = None) -> Sequence[bytes]:
    """Return the event of each schedule of `function` at the time `at` (default: now)."""
    if not function.schedules:
        raise NoScheduleError(function)
    at = (at or datetime.now(UTC)).astimezone(UTC)
    return [event(schedule, at) for schedule in function.schedules]


def event(schedule: Schedule, at: datetime) -> bytes:
    """Return the event of one schedule: its own input, or EventBridge's event."""
    if schedule.input is not None:
        return schedule.input.encode()
    name = schedule.name.replace(".", "")
    sent: dict[str, Any] = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"],
        "detail": {},
    }
    return json.dumps(sent).encode()
