"""Virtual hold: who wants to be called back keeps her place in a list, and hangs up.

The list of a queue is the kind `callback_<queue>` of the Directory, an entry a number to call:

    "+14155550123": {"number": "+14155550123", "caller": "+14155550123", "ticket": 17,
                     "account_id": "5d2f...", "queue": "e9d8...", "attempts": 0,
                     "asked_at": "2026-01-15T09:30:00+00:00"}

Tickets rise: the lowest is next. A worker that calls back claims an entry by
`Directory(kind).add(number, "attempts")`, which gives 1 to one worker alone, and deletes it when it
is done. Whoever asks again after that begins anew.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pivotkit.call import Call
from pivotkit.dialing import DialTarget
from pivotkit.directory import Directory
from pivotkit.numbers import ANONYMOUS, canonical
from pivotkit.parameters import Value
from pivotkit.speech import digit_by_digit

READ = 1000
"""Entries of a list that are read at once: more than anybody waits behind."""


class Place(NamedTuple):
    """How many are *before* a caller, and at which *number* she is called; '' if not listed."""

    before: int
    number: str = ""

    @property
    def said(self) -> str:
        """How many are before her, as a sentence."""
        if not self.before:
            return "You are next."
        callers = "is one caller" if self.before == 1 else f"are {self.before} callers"
        return f"There {callers} before you."


class Callbacks:
    """The list of one *queue*. An entry that nobody has handled expires after *hours*.

    Every method raises `StateUnavailable`.
    """

    def __init__(self, queue: str, *, hours: int) -> None:
        self._queue = queue
        self._seconds = hours * 60 * 60
        self._entries = Directory(f"callback_{queue}")
        self._tickets = Directory("callback_ticket")

    def place(self, number: str) -> Place:
        """The place of whoever calls from *number*, or what it would be. One round trip.

        She is known by the number that she has asked from, and by the one to call.
        """
        entries = self._entries.entries(limit=READ).values()
        caller = canonical(number)
        mine = [each for each in entries if caller in (each.get("caller"), each.get("number"))]
        if caller == ANONYMOUS or not mine:
            return Place(len(entries))
        first = min(mine, key=_ticket)
        return Place(sum(_ticket(each) < _ticket(first) for each in entries), str(first["number"]))

    def keep(self, call: Call, number: DialTarget, *, instead_of: str | None = None) -> bool:
        """Keep a place for *number*, or move that of *instead_of* to it. Twice does no harm.

        A number that is on the list already stays where it is. `call.once` remembers the ticket, so
        that a caller who gives another number keeps her place.
        """
        ticket = call.once("ticket", int, lambda: self._tickets.add(self._queue, "last"))
        if self._entries.get(number) is None:
            entry: dict[str, Value] = {
                "number": number,
                "caller": canonical(call.caller.number),
                "ticket": ticket,
                "account_id": call.account_id,
                "queue": self._queue,
                "attempts": 0,
                "asked_at": call.now.isoformat(),
            }
            self._entries.put(number, entry, seconds=self._seconds)
        if instead_of not in (None, number):
            self.cancel(str(instead_of))
        return True

    def cancel(self, number: str) -> None:
        """Take *number* off the list. One round trip."""
        self._entries.delete(number)


def we_call(number: str) -> str:
    """At which number somebody is called back, as a sentence."""
    return f"We call you back at {digit_by_digit(number.lstrip('+'))}."


def _ticket(entry: Mapping[str, Value]) -> int:
    ticket = entry.get("ticket")
    return ticket if isinstance(ticket, int) else 0
