"""Events and busy times, and what can be asked of every calendar that people keep."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol


class Period(NamedTuple):
    """A busy time, from *start* to *end* (exclusive), both aware."""

    start: datetime
    end: datetime


class CalendarEvent(NamedTuple):
    """An event that can be changed. *id* is opaque, and a part of a path."""

    id: str
    start: datetime
    confirmed: bool


class PersonalCalendar(Protocol):
    """One calendar of one person or office. Every method raises `UpstreamDown`.

    A request that is not possible any more, such as for an event that has gone, is a refusal.
    """

    def busy(self, start: datetime, end: datetime) -> list[Period]:
        """Return the busy times that overlap *start* to *end*, in any order."""
        ...

    def events_with(self, text: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Return the events from *start* to *end* whose title or description has *text*."""
        ...

    def confirm(self, event_id: str) -> None:
        """Mark an event as confirmed."""
        ...

    def cancel(self, event_id: str) -> None:
        """Remove an event."""
        ...

    def move(self, event_id: str, start: datetime, length: timedelta) -> None:
        """Move an event to *start*."""
        ...

    def add(self, key: str, title: str, text: str, start: datetime, length: timedelta) -> None:
        """Add an event; once for each *key*, which has 32 hexadecimal digits."""
        ...


def overlapping(periods: Iterable[Period], start: datetime, end: datetime) -> list[Period]:
    """Return those of *periods* that share time with *start* to *end*, in order."""
    return sorted(each for each in periods if each.start < end and each.end > start)
