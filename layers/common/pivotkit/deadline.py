"""A time limit that holds: not even a blocking socket or an endless loop outlives it.

Time-outs of single sockets add up and do not bound a slow drip, so the whole of a template's work
runs under one timer. It needs the main thread, which is where Lambda runs a handler.
"""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

AGAIN = 0.1
"""Seconds until the alarm is raised again, should something have swallowed it."""

_cut_listeners: list[Callable[[], None]] = []


class DeadlineExceeded(BaseException):
    """The time is over. Not an `Exception`, so that `except Exception` lets it pass."""


class Deadline:
    """A context that raises `DeadlineExceeded` inside itself after *seconds*."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running = False

    def __enter__(self) -> Self:
        signal.signal(signal.SIGALRM, self._ring)
        self._running = True
        signal.setitimer(signal.ITIMER_REAL, max(self._seconds, 0.001), AGAIN)
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
        self._running = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self._running:
            raise DeadlineExceeded


def on_cut(listener: Callable[[], None]) -> None:
    """Have *listener* called after a cut, to drop connections that may hold half an answer."""
    _cut_listeners.append(listener)


def after_cut() -> None:
    """Tell everybody who asked with `on_cut`."""
    for listener in _cut_listeners:
        listener()
