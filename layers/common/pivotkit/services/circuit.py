"""A circuit breaker that stops calls to a service that keeps failing."""

import time
from collections.abc import Callable

FAILURES = 3
"""Consecutive failures after which the circuit opens."""

REST = 10.0
"""Seconds for which an open circuit blocks calls, before it lets one through as a trial."""

type MonotonicClock = Callable[[], float]


class Circuit:
    """A circuit breaker: opens for `REST` seconds after `FAILURES` consecutive failures.

    It is then half open: one trial call may pass. If that succeeds, all calls pass again; if it
    fails, a new rest begins. The state lives in the process, so a healthy upstream costs nothing.
    """

    def __init__(self, clock: MonotonicClock = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def admits(self) -> bool:
        """Tell whether a call may be made now. A half-open circuit admits only one."""
        if self._failures < FAILURES:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + REST
        return True

    def succeeded(self) -> None:
        """Record a call that was answered."""
        self._failures = 0

    def failed(self) -> None:
        """Record a call that was not answered."""
        self._failures += 1
        self._open_until = self._clock() + REST
