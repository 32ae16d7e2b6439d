"""When and how often a caller may be called back, and at which numbers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pivotkit.lookups.callbacks import Callback, RetryMinutes
from pivotkit.lookups.do_not_call import DoNotCall
from pivotkit.lookups.hours import OfficeHours
from pivotkit.phone.dialing import DialPolicy, DialTarget, NumberRefused
from queues import CallbackQueue

FIRST_PAUSE_MINUTES = 1
"""The pause before the first call: until then callers may still enter another number."""


@dataclass(frozen=True)
class CallbackRules:
    """Rules for calling callers back.

    *policy* lists the numbers that may be called. A caller who was not reached is called again
    after *retry_minutes*, *attempts* times in all. With an *office* among the account's entries,
    callers are called only while it is open. Raises `ValueError` if *retry_minutes* is too short
    for KAZOO to report how a call ended.
    """

    policy: DialPolicy
    attempts: int
    retry_minutes: int
    office: str = ""

    def __post_init__(self) -> None:
        if self.retry_minutes < RetryMinutes.least:
            raise ValueError(
                f"retry_minutes is {self.retry_minutes}: must be {RetryMinutes.least} or more"
            )

    def is_due(self, callback: Callback, at: datetime) -> bool:
        """Return whether it is time for the next call."""
        minutes = self.retry_minutes if callback.attempts else FIRST_PAUSE_MINUTES
        return callback.called_at + timedelta(minutes=minutes) <= at

    def is_open(self, queue: CallbackQueue, at: datetime) -> bool:
        """Return whether the office is open. Raises what `OfficeHours.status` raises."""
        return not self.office or OfficeHours().status(queue, self.office, at).open

    def target(self, queue: CallbackQueue, callback: Callback) -> DialTarget:
        """Return the number to call. Raises `NumberRefused` and `StateUnavailable`.

        Today's policy and do-not-call list of the account apply, even if the entry is older.
        """
        if callback.attempts >= self.attempts:
            raise NumberRefused("not reached")
        target = self.policy.target(callback.number)
        if DoNotCall(self.policy.home).holds(queue, target):
            raise NumberRefused("on the do-not-call list")
        return target
