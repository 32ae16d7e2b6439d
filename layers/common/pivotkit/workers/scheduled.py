"""`@scheduled`: handlers that run on a schedule."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, overload

from pivotkit.core import telemetry
from pivotkit.store.account_settings import AccountSettings
from pivotkit.workers.worker import running

type RunCounts = Mapping[str, int]
type ScheduledTemplate = Callable[[datetime], RunCounts]
type ScheduledWithSettings[S: tuple[Any, ...]] = Callable[[datetime, AccountSettings[S]], RunCounts]


class Scheduled:
    """A Lambda handler for EventBridge schedules.

    After an exception Lambda retries twice, then sends the event to the dead-letter queue. Raises
    `SettingError` for a deployment with invalid settings.
    """

    def __init__(
        self, template: Callable[..., RunCounts], settings: type[tuple[Any, ...]] | None = None
    ) -> None:
        self.template = template
        self._settings = (AccountSettings(settings, telemetry.service()),) if settings else ()
        self.__doc__ = template.__doc__

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, int]:
        """Run the template once, and return the counts it reports."""
        with running(context):
            done = dict(self.template(_time(event), *self._settings))
        telemetry.done("run", **done)
        return done


@overload
def scheduled(template: ScheduledTemplate) -> Scheduled: ...


@overload
def scheduled[S: tuple[Any, ...]](
    *, settings: type[S]
) -> Callable[[ScheduledWithSettings[S]], Scheduled]: ...


def scheduled(
    template: ScheduledTemplate | None = None, *, settings: type[tuple[Any, ...]] | None = None
) -> Scheduled | Callable[[Callable[..., RunCounts]], Scheduled]:
    """Make a Lambda handler from a function that runs whenever its schedule fires.

    The function receives the scheduled time (UTC) and returns counts for the log. It may run
    twice for the same time. A run is for many accounts, so its second argument are the *settings*
    of each: `settings.of(account_id)`.
    """
    if template is not None:
        return Scheduled(template)
    return lambda decorated: Scheduled(decorated, settings)


def _time(event: Mapping[str, Any]) -> datetime:
    """The time at which the schedule fired; the current time for an event without one."""
    time = event.get("time")
    return datetime.fromisoformat(time).astimezone(UTC) if time else datetime.now(UTC)
