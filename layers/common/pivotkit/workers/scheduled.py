"""`@scheduled`: what runs by the clock, and behind no delivery."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pivotkit.core import telemetry

type Done = Mapping[str, int]


class Scheduled:
    """A Lambda handler for EventBridge's schedules.

    An exception makes Lambda try again, twice, and then tell the dead-letter queue.
    """

    def __init__(self, template: Callable[[datetime], Done]) -> None:
        self.template = template
        self.__doc__ = template.__doc__

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, int]:
        """Run once; the answer is what was done, as counts."""
        del context
        done = dict(self.template(_time(event)))
        telemetry.done("run", **done)
        return done


def scheduled(template: Callable[[datetime], Done]) -> Scheduled:
    """Make a Lambda handler of a function that is called when its schedule fires.

    It gets that moment (UTC), and returns counts for the log. It may be called twice for one.
    """
    return Scheduled(template)


def _time(event: Mapping[str, Any]) -> datetime:
    """When the schedule fired; for an event without a time it is now."""
    told = event.get("time")
    return datetime.fromisoformat(told).astimezone(UTC) if told else datetime.now(UTC)
