"""Virtual hold: who wants to be called back keeps her place in a list, and hangs up.

The list of a queue is the kind `callback_<queue>` of the Directory, an entry a number to call:

    "+14155550123": {"number": "+14155550123", "caller": "+14155550123", "ticket": 17,
                     "account_id": "5d2f...", "queue": "e9d8...", "attempts": 0,
                     "asked_at": "2026-01-15T09:30:00+00:00"}

Tickets rise: the lowest is next. `Callbacks` is the list as callers see it, `CallbackList` as a
worker does.

The worker claims an entry by counting its attempt and noting the time and whom she is put to,
in one step, which succeeds for one worker alone, and only while the entry is as it was read:

    {..., "attempts": 1, "called_at": "2026-01-15T09:40:00+00:00", "seat": "c11c...",
     "call_id": "c2c-..."}

So an attempt is made once, an entry that a caller has taken off the list does not come back, and
one that she has put there anew is not taken for the old one. It is deleted when she was reached.
Whoever asks again after that begins anew. Who cannot be called is kept, with the reason, for a
person to look at: in the kind `callback_given_up`, under the queue and the ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from pivotkit.calls.call import Call
from pivotkit.core.speech import digit_by_digit, numeral
from pivotkit.http.parameters import Value
from pivotkit.phone.dialing import DialTarget
from pivotkit.phone.numbers import ANONYMOUS, canonical
from pivotkit.store.directory import Directory, Entry

READ = 1000
"""Entries of a list that are read at once: more than anybody waits behind."""


GIVEN_UP_SECONDS = 30 * 86_400
"""How long it is known who was not called back."""

TURN = timedelta(seconds=50)
"""Between two runs that place calls for a queue: less than the minute of their schedule."""


class Place(NamedTuple):
    """How many are *before* a caller, and at which *number* she is called; '' if not listed."""

    before: int
    number: str = ""

    @property
    def said(self) -> str:
        """The number of callers ahead, as a sentence."""
        if not self.before:
            return "You're next in line."
        callers = "is one caller" if self.before == 1 else f"are {numeral(self.before)} callers"
        return f"There {callers} ahead of you."


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


@dataclass(frozen=True)
class Callback:
    """Somebody on the list, as her entry was read. Times are aware."""

    number: str
    entry: Entry

    @property
    def ticket(self) -> int:
        """Her place: the lowest is next."""
        return _ticket(self.entry)

    @property
    def attempts(self) -> int:
        """How often she was called."""
        attempts = self.entry.get("attempts")
        return attempts if isinstance(attempts, int) else 0

    @property
    def called_at(self) -> datetime:
        """When she was called last, or asked, if she was not. Raises `ValueError`."""
        told = self.text("called_at") or self.text("asked_at")
        at = datetime.fromisoformat(told)
        if at.tzinfo is None:
            raise ValueError(f"{told} has no offset from UTC")
        return at

    @property
    def is_whole(self) -> bool:
        """Whether the entry has what a place needs: one that somebody wrote by hand may not."""
        try:
            return bool(self.ticket and self.called_at)
        except ValueError:
            return False

    def text(self, field: str) -> str:
        """A field of the entry, or ''."""
        return str(self.entry.get(field) or "")


class CallbackList:
    """The list of one *queue*, for a worker. Every method raises `StateUnavailable`."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._entries = Directory(f"callback_{queue}")
        self._given_up = Directory("callback_given_up")
        self._turns = Directory("callback_turn")

    def of(self, account: str) -> list[Callback]:
        """Who is on the list with a call of *account*, the lowest ticket first. One round trip.

        Entries that are not whole are left out.
        """
        entries = self._entries.entries(limit=READ).items()
        found = [Callback(number, entry) for number, entry in entries]
        mine = [each for each in found if each.text("account_id") == account and each.is_whole]
        return sorted(mine, key=lambda each: each.ticket)

    def claim(self, callback: Callback, at: datetime, seat: str) -> Callback | None:
        """Count an attempt at *callback*, note when, and the *seat* that she is put to.

        `None` if another worker was faster.
        """
        kept = {name: value for name, value in callback.entry.items() if name != "call_id"}
        call: Entry = {"attempts": callback.attempts + 1, "called_at": at.isoformat(), "seat": seat}
        return self._swapped(callback, {**kept, **call})

    def note(self, callback: Callback, told: Mapping[str, Value]) -> None:
        """Keep what is known of the call that was placed."""
        self._swapped(callback, {**callback.entry, **told})

    def put_back(self, claimed: Callback, callback: Callback) -> None:
        """Undo a claim: it is certain that she was not called."""
        self._swapped(claimed, callback.entry)

    def done(self, callback: Callback) -> bool:
        """Take her off the list; `False` if she has changed in the meantime."""
        return self._entries.swap(callback.number, callback.entry, None)

    def give_up(self, callback: Callback, reason: str, at: datetime) -> bool:
        """Take her off the list, and keep who she is and why she is not called."""
        entry = {**callback.entry, "reason": reason, "at": at.isoformat()}
        key = f"{self._queue}#{callback.ticket}"
        self._given_up.put(key, entry, seconds=GIVEN_UP_SECONDS)
        return self.done(callback)

    def take_turn(self, at: datetime) -> bool:
        """Whether calls may be placed at *at*: of all runs within `TURN`, one alone may."""
        last = self._turns.get(self._queue)
        if last and at < datetime.fromisoformat(str(last["at"])) + TURN:
            return False
        return self._turns.swap(self._queue, last, {"at": at.isoformat()})

    def _swapped(self, callback: Callback, entry: Entry) -> Callback | None:
        swapped = self._entries.swap(callback.number, callback.entry, entry)
        return replace(callback, entry=entry) if swapped else None


def we_call(number: str) -> str:
    """At which number somebody is called back, as a sentence."""
    return f"We'll call you back at {digit_by_digit(number.lstrip('+'))}."


def _ticket(entry: Mapping[str, Value]) -> int:
    ticket = entry.get("ticket")
    return ticket if isinstance(ticket, int) else 0
