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

MAX_STEPS = 100
"""Steps of a day that are read at once."""

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
        counts: dict[str, Counter[str]] = {}
        prefix = f"{funnel}#{day}#"
        for key, entry in self._entries.of(owner).entries(MAX_STEPS, prefix).items():
            outcomes = {name: number for name, number in entry.items() if isinstance(number, int)}
            counts[key.removeprefix(prefix)] = with_left(Counter(outcomes))
        return counts


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
