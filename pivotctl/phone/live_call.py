"""A call of the softphone: a person, the switch in a thread of its own, and the events so far."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pivotctl.phone.event_log import EventLog
from pivotctl.phone.failures import with_places
from pivotctl.phone.lines import told
from pivotctl.phone.person import Clock, Person, RealTime
from pivotctl.switch.events import CallEvent, Underway

_MOST_EVENTS = 10_000

type Placed = Callable[[Person], Iterator[CallEvent]]
"""Places a call of a person, and yields its events."""


@dataclass(eq=False)
class LiveCall:
    """A call, and the `choices` from which it was started.

    `root` is the project's folder, where the lines of failures are. `left` is the time at which the
    last page stopped looking. `upstreams` are the services that were not ok when it `began`.
    """

    placed: Placed
    choices: Mapping[str, Any]
    root: Path
    spoken: Callable[[str], float | None] = lambda _text: None
    clock: Clock = field(default_factory=RealTime)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    log: EventLog = field(default_factory=EventLog)
    left: float = field(default_factory=time.monotonic)
    upstreams: Mapping[str, str] = field(default_factory=dict)
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __post_init__(self) -> None:
        self.person = Person(self._show, self.spoken, self.clock)
        self._thread = threading.Thread(target=self._play, daemon=True, name=f"call-{self.id}")

    def start(self) -> None:
        """Place the call."""
        self._thread.start()

    def end(self, timeout: float = 5.0) -> None:
        """Hang up, and wait until the switch is done."""
        self.person.hang_up()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def as_json(self) -> dict[str, Any]:
        """Return the call with its choices and its events so far."""
        log = self.log
        return {
            "id": self.id,
            "choices": dict(self.choices),
            "events": list(log.events),
            "ended": log.closed,
        }

    def _show(self, activity: Underway) -> None:
        self.log.append(activity.as_json())

    def _play(self) -> None:
        try:
            for event in self.placed(self.person):
                self.log.append({**with_places(event.as_json(), self.root), "lines": told(event)})
                if len(self.log.events) > _MOST_EVENTS:
                    self.person.hang_up()
        except Exception as error:  # noqa: BLE001 whatever it is, the page must not wait for more
            text = f"{type(error).__name__}: {error}"
            self.log.append({"type": "broken", "at": 0.0, "text": text})
        finally:
            self.log.close()
