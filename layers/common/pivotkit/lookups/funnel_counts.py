"""The counts of a funnel: how many callers reach each step of a menu and leave it there, by day.

`pivotkit.phone.funnel` sends the events that are counted. The counts are entries of the Directory,
of kind `funnel`: one for each funnel, day, and step of an account, such as
`welcome#2026-11-21#topic`, with a number for each outcome.
"""

import re
from collections import Counter
from datetime import UTC, datetime

from pivotkit.events.fields import text
from pivotkit.phone.funnel import with_left
from pivotkit.store import Owned
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery

MAX_FUNNELS = 50
"""Funnels of an account that are listed."""

_LAST = "\U0010ffff"
"""Sorts behind every name."""

_MARK = "mark"
"""The beginning of the keys of marks, which is no name of a funnel."""

_WORD = re.compile(r"[\w.-]{1,64}")
_WEEK = 7 * 24 * 60 * 60


class FunnelCounts:
    """Counts the events of funnels, each of them once. Methods raise `StateUnavailable`."""

    def __init__(self) -> None:
        self._entries = Directory("funnel")

    def count(self, delivery: Delivery) -> bool:
        """Count the event in *delivery*; return whether it is new and complete.

        An event without `event_id`, as a stored callflow sends it, is known by its delivery's ID.
        """
        event = delivery.values
        funnel = text(event.get("funnel")) or ""
        step = text(event.get("step")) or ""
        outcome = text(event.get("outcome")) or ""
        event_id = text(event.get("event_id")) or delivery.id
        if not all(map(_WORD.fullmatch, (funnel, step, outcome, event_id))):
            return False
        key = f"{funnel}#{_day(delivery.received_at)}#{step}"
        return self._entries.of(delivery).add_once(key, outcome, event_id, seconds=_WEEK)

    def of(self, owner: Owned, funnel: str, day: str) -> dict[str, Counter[str]]:
        """The outcomes of each step on *day* (`2026-11-21`, UTC), and how many callers `left`.

        Those of *owner*'s account.
        """
        return self.between(owner, funnel, day, day)

    def between(self, owner: Owned, funnel: str, first: str, last: str) -> dict[str, Counter[str]]:
        """The same from the day *first* to *last*, which count. One round trip for a megabyte."""
        counts: dict[str, Counter[str]] = {}
        keys = (f"{funnel}#{first}#", f"{funnel}#{last}#{_LAST}")
        for key, entry in self._entries.of(owner).between(*keys):
            step = key.split("#", 2)[2]
            outcomes = {name: number for name, number in entry.items() if isinstance(number, int)}
            counts.setdefault(step, Counter()).update(outcomes)
        return {step: with_left(outcomes) for step, outcomes in counts.items()}

    def names(self, owner: Owned) -> list[str]:
        """The names of *owner*'s funnels, up to `MAX_FUNNELS`. A round trip for each of them."""
        entries = self._entries.of(owner)
        found: list[str] = []
        key = entries.first_after("")
        while key and len(found) < MAX_FUNNELS:
            name = key.partition("#")[0]
            if name != _MARK:
                found.append(name)
            key = entries.first_after(f"{name}#{_LAST}")
        return found


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
