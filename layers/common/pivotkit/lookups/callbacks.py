"""Callback queues (virtual hold): callers hang up, keep their place in line, and are called back.

The entries have the Directory kind `callback`, keyed by queue and number to call:

    "e9d8...#+14155550123": {"number": "+14155550123", "caller": "+14155550123", "ticket": 17,
                             "queue": "e9d8...", "attempts": 0,
                             "asked_at": "2026-01-15T09:30:00+00:00"}

Tickets increase; the lowest is next. `Callbacks` is the list as callers see it, `CallbackList` as
a worker sees it.

A worker claims an entry by counting the attempt and recording its time and the agent's seat in one
conditional write. It succeeds for only one worker, and only if the entry has not changed since it
was read:

    {..., "attempts": 1, "called_at": "2026-01-15T09:40:00+00:00", "seat": "c11c...",
     "call_id": "c2c-..."}

So each attempt is made once, an entry that its caller has canceled does not come back, and one that
the caller has created anew is not mistaken for the old one. It is deleted once the caller has been
reached; a later request starts over. An entry that cannot be called is kept, with the reason, for
an operator to review: kind `callback_given_up`, keyed by queue and ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from pivotkit.calls.call import Call
from pivotkit.core.setting_types import Minutes
from pivotkit.core.speech import digit_by_digit, numeral
from pivotkit.http.parameters import Value
from pivotkit.phone.dialing import DialTarget
from pivotkit.phone.numbers import ANONYMOUS, canonical
from pivotkit.store import Owned
from pivotkit.store.directory import Directory, Entry


class RetryMinutes(Minutes):
    """The pause between two calls to a caller, as a setting.

    A run of the dialer, and KAZOO's report of a call, take two minutes.
    """

    __slots__ = ()
    least = 5


MAX_ENTRIES = 1000
"""Maximum entries read of a list: more callers than anyone would wait behind."""


GIVEN_UP_SECONDS = 30 * 86_400
"""Seconds for which entries that were given up are kept: 30 days."""

TURN = timedelta(seconds=50)
"""Minimum time between two runs that place calls for a queue; runs are scheduled every minute."""


class Place(NamedTuple):
    """A caller's place: the callers *before* them, and the *number* to call ('' if not listed)."""

    before: int
    number: str = ""

    @property
    def said(self) -> str:
        """A sentence with the number of callers ahead."""
        if not self.before:
            return "You're next in line."
        callers = "is one caller" if self.before == 1 else f"are {numeral(self.before)} callers"
        return f"There {callers} ahead of you."


class Callbacks:
    """The callbacks of one *queue*, as callers see them. Entries expire after *hours*.

    *home* is the default country (ISO 3166) for callers' numbers without `+`.

    Every method raises `StateUnavailable`.
    """

    def __init__(self, queue: str, home: str, *, hours: int) -> None:
        self._queue = queue
        self._home = home
        self._seconds = hours * 60 * 60
        self._callbacks = Directory("callback")
        self._tickets = Directory("callback_ticket")

    def place(self, call: Call) -> Place:
        """Return the place of the caller of *call*, or the one they would get. One round trip.

        Callers are recognized by the number they called from and by the number to call back.
        """
        entries = self._callbacks.of(call).entries(MAX_ENTRIES, _key(self._queue)).values()
        caller = canonical(call.caller.number, self._home)
        mine = [each for each in entries if caller in (each.get("caller"), each.get("number"))]
        if caller == ANONYMOUS or not mine:
            return Place(len(entries))
        first = min(mine, key=_ticket)
        return Place(sum(_ticket(each) < _ticket(first) for each in entries), str(first["number"]))

    def keep(self, call: Call, number: DialTarget, *, instead_of: str | None = None) -> bool:
        """Keep a place for *number*, or transfer the place of *instead_of* to it. Idempotent.

        A number that is already on the list keeps its place. `call.once` stores the ticket, so a
        caller who gives another number keeps their place too.
        """
        entries = self._callbacks.of(call)
        tickets = self._tickets.of(call)
        ticket = call.once("ticket", int, lambda: tickets.add(self._queue, "last"))
        if entries.get(_key(self._queue, number)) is None:
            entry: dict[str, Value] = {
                "number": number,
                "caller": canonical(call.caller.number, self._home),
                "ticket": ticket,
                "queue": self._queue,
                "attempts": 0,
                "asked_at": call.now.isoformat(),
            }
            entries.put(_key(self._queue, number), entry, seconds=self._seconds)
        if instead_of not in (None, number):
            self.cancel(call, str(instead_of))
        return True

    def cancel(self, call: Call, number: str) -> None:
        """Remove *number* from the list. One round trip."""
        self._callbacks.of(call).delete(_key(self._queue, number))


@dataclass(frozen=True)
class Callback:
    """A caller on the list, with the entry as it was read. Times are aware."""

    number: str
    entry: Entry

    @property
    def ticket(self) -> int:
        """The caller's ticket; the lowest is next."""
        return _ticket(self.entry)

    @property
    def attempts(self) -> int:
        """The number of calls made to the caller so far."""
        attempts = self.entry.get("attempts")
        return attempts if isinstance(attempts, int) else 0

    @property
    def called_at(self) -> datetime:
        """The time of the last call or, before the first one, of the request.

        Raises `ValueError`.
        """
        timestamp = self.text("called_at") or self.text("asked_at")
        at = datetime.fromisoformat(timestamp)
        if at.tzinfo is None:
            raise ValueError(f"{timestamp} has no offset from UTC")
        return at

    @property
    def is_whole(self) -> bool:
        """Whether the entry has a ticket and a time, which one written by hand may lack."""
        try:
            return bool(self.ticket and self.called_at)
        except ValueError:
            return False

    def text(self, field: str) -> str:
        """Return a field of the entry as text, or '' if it is missing."""
        return str(self.entry.get(field) or "")


class CallbackList:
    """The callbacks of one *queue* in *owner*'s account, as a worker sees them.

    Every method raises `StateUnavailable`.
    """

    def __init__(self, owner: Owned, queue: str) -> None:
        self._queue = queue
        self._entries = Directory("callback").of(owner)
        self._given_up = Directory("callback_given_up").of(owner)
        self._turns = Directory("callback_turn").of(owner)

    def waiting(self) -> list[Callback]:
        """Return the callbacks, lowest ticket first. One round trip.

        Incomplete entries are left out.
        """
        prefix = _key(self._queue)
        entries = self._entries.entries(MAX_ENTRIES, prefix).items()
        found = [Callback(key.removeprefix(prefix), entry) for key, entry in entries]
        return sorted((each for each in found if each.is_whole), key=lambda each: each.ticket)

    def claim(self, callback: Callback, at: datetime, seat: str) -> Callback | None:
        """Count an attempt at *callback*, and record its time and the agent's *seat*.

        Returns the claimed callback, or `None` if the entry has changed since it was read, such as
        when another worker was faster.
        """
        kept = {name: value for name, value in callback.entry.items() if name != "call_id"}
        call: Entry = {"attempts": callback.attempts + 1, "called_at": at.isoformat(), "seat": seat}
        return self._swapped(callback, {**kept, **call})

    def note(self, callback: Callback, fields: Mapping[str, Value]) -> None:
        """Add *fields*, which describe the call placed, to the entry if it has not changed."""
        self._swapped(callback, {**callback.entry, **fields})

    def put_back(self, claimed: Callback, callback: Callback) -> None:
        """Undo a claim, once it is certain that the caller was not called."""
        self._swapped(claimed, callback.entry)

    def done(self, callback: Callback) -> bool:
        """Remove the callback from the list; return `False` if it has changed in the meantime."""
        return self._entries.swap(_key(self._queue, callback.number), callback.entry, None)

    def give_up(self, callback: Callback, reason: str, at: datetime) -> bool:
        """Remove the callback from the list, and keep its entry with the *reason* for operators.

        Returns `False` if it has changed in the meantime.
        """
        entry = {**callback.entry, "reason": reason, "at": at.isoformat()}
        self._given_up.put(_key(self._queue, str(callback.ticket)), entry, seconds=GIVEN_UP_SECONDS)
        return self.done(callback)

    def take_turn(self, at: datetime) -> bool:
        """Tell whether calls may be placed at *at*: only one of all runs within `TURN` may."""
        last = self._turns.get(self._queue)
        if last and at < datetime.fromisoformat(str(last["at"])) + TURN:
            return False
        return self._turns.swap(self._queue, last, {"at": at.isoformat()})

    def _swapped(self, callback: Callback, entry: Entry) -> Callback | None:
        key = _key(self._queue, callback.number)
        swapped = self._entries.swap(key, callback.entry, entry)
        return replace(callback, entry=entry) if swapped else None


def we_call(number: str) -> str:
    """Return the sentence that tells the caller the *number* to be called back."""
    return f"We'll call you back at {digit_by_digit(number.lstrip('+'))}."


def _key(queue: str, rest: str = "") -> str:
    return f"{queue}#{rest}"


def _ticket(entry: Mapping[str, Value]) -> int:
    ticket = entry.get("ticket")
    return ticket if isinstance(ticket, int) else 0
