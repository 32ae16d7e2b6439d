"""`@scheduled`: handlers that run on a schedule."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pivotkit.core import telemetry

type RunCounts = Mapping[str, int]


class Scheduled:
    """A Lambda handler for EventBridge schedules.

    After an exception Lambda retries twice, then sends the event to the dead-letter queue.
    """

    def __init__(self, template: Callable[[datetime], RunCounts]) -> None:
        self.template = template
        self.__doc__ = template.__doc__

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, int]:
        """Run the template once, and return the counts it reports."""
        del context
        done = dict(self.template(_time(event)))
        telemetry.done("run", **done)
        return done


def scheduled(template: Callable[[datetime], RunCounts]) -> Scheduled:
    """Make a Lambda handler from a function that runs whenever its schedule fires.

    The function receives the scheduled time (UTC) and returns counts for the log. It may run
    twice for the same time.
    """
    return Scheduled(template)


def _time(event: Mapping[str, Any]) -> datetime:
    """The time at which the schedule fired; the current time for an event without one."""
    time = event.get("time")
    return datetime.fromisoformat(time).astimezone(UTC) if time else datetime.now(UTC)
