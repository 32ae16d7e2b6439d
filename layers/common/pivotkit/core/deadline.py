"""A time limit that holds: not even a blocking socket or an endless loop outlives it.

Time-outs of single sockets add up and do not bound a slow drip, so the whole of a template's work
runs under one timer. It needs the main thread, which is where Lambda runs a handler. Limits may be
nested: a call to an upstream has one inside that of the template.
"""

import math
import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

AGAIN = 0.1
"""Seconds until the alarm is raised again, should something have swallowed it."""

_TICK = 0.002
"""Seconds that an alarm may come early, as the clocks of timer and process differ."""

_cut_listeners: list[Callable[[], None]] = []
_running: list["Deadline"] = []
"""The limits that hold now, from the outermost on."""


class DeadlineExceeded(BaseException):
    """The time is over. Not an `Exception`, so that `except Exception` lets it pass."""


class Deadline:
    """A context that raises `DeadlineExceeded` inside itself after *seconds*.

    A *nested* one leaves the limits around it in force; any other begins anew.
    """

    def __init__(self, seconds: float, *, nested: bool = False) -> None:
        self._seconds = seconds
        self._nested = nested
        self._ends_at = math.inf

    def __enter__(self) -> Self:
        if not self._nested:
            _running.clear()
        self._ends_at = time.monotonic() + max(self._seconds, 0.0)
        if signal.getsignal(signal.SIGALRM) is not _ring:
            signal.signal(signal.SIGALRM, _ring)
        _running.append(self)
        _arm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the watch. To be called again where `DeadlineExceeded` is caught."""
        if self in _running:
            del _running[_running.index(self) :]
        _arm()

    @property
    def left(self) -> float:
        """Seconds until the time is over; 0 behind it."""
        return max(self._ends_at - time.monotonic(), 0.0)


def time_left() -> float:
    """Seconds until the next limit that holds here is over; infinite without one."""
    return min((deadline.left for deadline in _running), default=math.inf)


def _arm() -> None:
    """Let the alarm come when the next limit is over."""
    if _running:
        signal.setitimer(signal.ITIMER_REAL, max(time_left(), 0.001), AGAIN)
    else:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _ring(_signal: int, _frame: FrameType | None) -> None:
    """Cut when a limit is over: an alarm of one that has ended in the meantime means nothing."""
    if time_left() <= _TICK:
        raise DeadlineExceeded
    if _running:
        _arm()


def on_cut(listener: Callable[[], None]) -> None:
    """Have *listener* called after a cut, to drop connections that may hold half an answer."""
    _cut_listeners.append(listener)


def after_cut() -> None:
    """Tell everybody who asked with `on_cut`."""
    for listener in _cut_listeners:
        listener()
