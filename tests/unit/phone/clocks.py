"""Clocks for the waits of a person: nothing waits for real, unless it waits for the test itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass
class JumpingClock:
    """A time that jumps to the end of each wait."""

    time: float = 0.0

    def now(self) -> float:
        """The time."""
        return self.time

    def wait(self, _changed: threading.Condition, seconds: float | None) -> None:
        """Let the time pass at once."""
        assert seconds is not None, "nothing would ever end this wait"
        self.time += seconds


class StandingClock:
    """A time that stands still: a wait ends only with a key, a skip, or a hangup."""

    def now(self) -> float:
        """The time."""
        return 0.0

    def wait(self, changed: threading.Condition, _seconds: float | None) -> None:
        """Wait until something has changed."""
        changed.wait()
