"""Hard time limits that interrupt even a blocking socket or an endless loop.

Socket timeouts add up and do not bound a slow trickle of data, so all of a template's work runs
under one timer. It needs the main thread, where Lambda runs handlers. Limits nest: a call to an
upstream has its own limit inside the template's.

An import has a little more time, because a module that is half loaded may stay broken for as long
as the environment lives.
"""

import math
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self
from weakref import WeakMethod

from pivotkit.core.errors import StateUnavailable

AGAIN = 0.1
"""Seconds until the alarm fires again, in case a bare `except` swallowed the exception."""

IMPORT = 0.5
"""Seconds beyond a limit after which even an import is cut."""

_SOON = 0.01
"""Seconds until the alarm fires again in an import."""

_TICK = 0.002
"""Seconds by which an alarm may fire early, because the timer and process clocks differ."""


def patience() -> float:
    """The factor of all limits: 1 on Lambda, on another machine PIVOTCTL_PATIENCE."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ and os.environ.get("AWS_SAM_LOCAL") != "true":
        return 1.0
    return float(os.environ.get("PIVOTCTL_PATIENCE", "1"))


_cut_listeners: list[WeakMethod[Callable[[], None]]] = []
_running: list["Deadline"] = []
"""Active limits, outermost first."""


class DeadlineExceeded(BaseException):
    """The deadline has passed. Not an `Exception`, so `except Exception` does not catch it."""


class Deadline:
    """A context that raises `DeadlineExceeded` inside itself after *seconds*.

    On a machine slower than Lambda, PIVOTCTL_PATIENCE multiplies the limits.
    A *nested* deadline keeps the limits around it in force; any other discards them. `ends_at` is
    in seconds of the monotonic clock.
    """

    def __init__(self, seconds: float, *, nested: bool = False) -> None:
        self.seconds = seconds * patience()
        self._nested = nested
        self.ends_at = math.inf

    def __enter__(self) -> Self:
        if not self._nested:
            _running.clear()
        self.ends_at = time.monotonic() + max(self.seconds, 0.0)
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
        """Cancel this limit and those inside it. Repeat after catching `DeadlineExceeded`."""
        if self in _running:
            del _running[_running.index(self) :]
        _arm()

    @property
    def left(self) -> float:
        """Seconds that remain; 0 once the deadline has passed."""
        return max(self.ends_at - time.monotonic(), 0.0)


def time_left() -> float:
    """Seconds until the earliest active limit expires; infinity without a limit."""
    return min((deadline.left for deadline in _running), default=math.inf)


def within[T](seconds: float, read: Callable[[], T]) -> T:
    """Return what *read* returns, within the *seconds* that a call can wait for it.

    Raises `StateUnavailable` if it takes longer. Outside of a deadline it may take its own time.
    """
    if threading.current_thread() is not threading.main_thread() or time_left() == math.inf:
        return read()
    limit = Deadline(seconds, nested=True)
    try:
        with limit:
            return read()
    except DeadlineExceeded as error:
        limit.stop()
        if not time_left():
            raise  # the call's own deadline has passed
        after_cut()
        raise StateUnavailable("too slow") from error


def _arm() -> None:
    """Set the alarm to the earliest active limit, or switch it off."""
    if _running:
        # At least a millisecond: zero would switch the timer off.
        signal.setitimer(signal.ITIMER_REAL, max(time_left(), 0.001), AGAIN)
    else:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _ring(_signal: int, frame: FrameType | None) -> None:
    """Raise if a limit has expired; ignore a late alarm of a limit that has already ended."""
    if time_left() > _TICK:
        if _running:
            _arm()
        return
    first = min(_running, key=lambda each: each.ends_at)
    if time.monotonic() < first.ends_at + IMPORT * patience() and _importing(frame):
        signal.setitimer(signal.ITIMER_REAL, _SOON, AGAIN)
        return
    raise DeadlineExceeded(f"no result within {first.seconds:.1f} seconds")


def _importing(frame: FrameType | None) -> bool:
    """Whether *frame* runs for an `import`."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def on_cut(listener: Callable[[], None]) -> None:
    """Register *listener* to run after a cut, to drop connections with a half-read response.

    It is a bound method, and registered for as long as its object lives.
    """
    _cut_listeners.append(WeakMethod(listener, _cut_listeners.remove))


def after_cut() -> None:
    """Call every listener that `on_cut` registered."""
    for reference in tuple(_cut_listeners):
        if listener := reference():
            listener()
