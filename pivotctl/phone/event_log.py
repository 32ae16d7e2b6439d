"""The events of a call, kept for its readers: each reads at its own pace, from where it wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

type Event = Mapping[str, Any]
"""An event as JSON, as `CallEvent.as_json` returns it."""


@dataclass(eq=False)
class EventLog:
    """A list of events that grows until it is closed. Its writers may be in any thread."""

    events: list[Event] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def readers(self) -> int:
        """The number of readers that wait for more."""
        return len(self._readers)

    def append(self, event: Event) -> None:
        """Add an event."""
        with self._lock:
            self.events.append(event)
            self._wake()

    def close(self) -> None:
        """Add no more events."""
        with self._lock:
            self.closed = True
            self._wake()

    def _wake(self) -> None:
        for loop, more in self._readers:
            with suppress(RuntimeError):  # the reader's loop has been closed
                loop.call_soon_threadsafe(more.set)

    async def read(self, start: int = 0) -> AsyncGenerator[tuple[int, Event], None]:
        """Yield the events from `start` on with their numbers, until the log is closed."""
        reader = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._readers.add(reader)
        try:
            number = max(start, 0)
            while True:
                reader[1].clear()
                ends = self.closed
                while number < len(self.events):
                    yield number, self.events[number]
                    number += 1
                if ends:
                    return
                await reader[1].wait()
        finally:
            with self._lock:
                self._readers.discard(reader)
