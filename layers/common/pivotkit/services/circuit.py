"""A circuit breaker: whether a service that has failed is worth another call."""

import time
from collections.abc import Callable

FAILURES = 3
"""Failures in a row after which a service is left alone."""

REST = 10.0
"""Seconds for which it is left alone. Then one call may try."""

type Clock = Callable[[], float]


class Circuit:
    """Whether an upstream is worth a call: open after `FAILURES` in a row, for `REST` seconds.

    Then it is half open: one call may try. Its success lets all through again, its failure begins a
    new rest. It is kept in the process, so that a sound upstream costs nothing.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def admits(self) -> bool:
        """Whether a call may be made now. One that may try is not followed by a second one."""
        if self._failures < FAILURES:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + REST
        return True

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0

    def failed(self) -> None:
        """A call was not answered."""
        self._failures += 1
        self._open_until = self._clock() + REST
