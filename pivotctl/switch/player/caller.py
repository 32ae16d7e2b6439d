"""The caller of a played call: who listens, presses keys, speaks, and hangs up.

Whatever takes time in a call is an `Underway`, and the caller says how it went. That is the one
seam between the switch and its players: the script of `ScriptedCaller` takes no real time, and a
person at a phone takes theirs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pivotctl.switch.events import Underway
from pivotctl.switch.scenario import RECORD_SECONDS, RecordingEnd

_KEY_SECONDS = 0.4
_FIRST_KEY_SECONDS = 1.0
_INTERRUPTED_SECONDS = 0.5


class CallerLeft(Exception):
    """The caller has hung up; the flow ends at once."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The `seconds` that something took, and the keys pressed meanwhile.

    `interrupted_by` are the keys that ended it early.
    """

    seconds: float
    keys: str = ""
    interrupted_by: str = ""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """The keys that the caller entered: `taken` belong to the collection, `rest` are left over.

    The first one came `after` seconds, and the collection ended `seconds` later.
    """

    keys: str = ""
    taken: str = ""
    rest: str = ""
    after: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CallerRecording:
    """A recording of the caller, `seconds` long.

    `key` is the one that ended it, `hangup` if its time was up, or '' for the flow's own key.
    """

    seconds: float
    end: RecordingEnd
    key: str = ""


class Caller(Protocol):
    """The caller as the player of a call sees them.

    `ahead` are keys already pressed that no collection has taken yet.
    """

    ahead: str

    @property
    def gone(self) -> bool:
        """Whether the caller has hung up."""
        ...

    @property
    def stays(self) -> bool:
        """Whether the caller stays on the line when nothing more comes, until they hang up."""
        ...

    @property
    def presses(self) -> bool:
        """Whether the caller presses keys when asked next."""
        ...

    @property
    def unused(self) -> tuple[str, ...]:
        """The planned keys for which the caller was never asked."""
        ...

    def listens(self, prompt: Underway) -> Spent:
        """Listen to a prompt; a key among its `keys` interrupts it."""
        ...

    def waits(self, activity: Underway) -> Spent:
        """Spend the time of something that needs no keys; one among its `keys` ends it."""
        ...

    def enters(self, collection: Underway) -> KeyEntry:
        """Enter `most` keys, or keys up to one of `keys`; `seconds` without one end it."""
        ...

    def speaks(self, recording: Underway) -> CallerRecording:
        """Speak for at most `seconds`, while it is recorded; a key among its `keys` ends it."""
        ...

    def only_listening(self) -> Caller:
        """Return this caller as the prompts of a Gather see them: its collections take no keys."""
        ...


@dataclass
class ScriptedCaller:
    """A caller with a script: an entry of keys for each time they are asked; nothing waits.

    `during_prompts` has one entry for each prompt that waits for none, `recording` the way in which
    they end recordings.
    """

    entries: deque[str] = field(default_factory=deque)
    during_prompts: deque[str] = field(default_factory=deque)
    recording: RecordingEnd = RecordingEnd.KEY
    ahead: str = ""
    gone: bool = False
    stays: bool = False

    @property
    def presses(self) -> bool:
        """Whether the caller presses keys when asked next."""
        return bool(self.ahead or (self.entries and self.entries[0]))

    @property
    def unused(self) -> tuple[str, ...]:
        """The planned keys for which the caller was never asked."""
        return tuple(self.entries)

    def listens(self, prompt: Underway) -> Spent:
        """Press the keys left over, or a planned entry, during the prompt."""
        keys, self.ahead = self.ahead, ""
        planned = self.during_prompts.popleft() if self.during_prompts and not keys else ""
        keys = keys or planned
        stopped = stopping(keys, prompt.keys)
        return Spent(_INTERRUPTED_SECONDS if stopped else prompt.seconds or 0.0, keys, stopped)

    def waits(self, activity: Underway) -> Spent:
        """Wait to the end."""
        return Spent(activity.seconds or 0.0)

    def enters(self, collection: Underway) -> KeyEntry:
        """Press the keys left over, and the next entry unless these complete the collection."""
        most, finish, timeout = collection.most, collection.keys, collection.seconds or 0.0
        entry, self.ahead = self.ahead, ""
        taken, rest, done = split(entry, most, finish)
        if not done:
            entry += self.entries.popleft() if self.entries else ""
            taken, rest, done = split(entry, most, finish)
        if not entry:
            return KeyEntry(seconds=timeout)
        typing = len(entry) * _KEY_SECONDS
        last = 0 if done else timeout
        return KeyEntry(entry, taken, rest, _FIRST_KEY_SECONDS, typing + last)

    def speaks(self, recording: Underway) -> CallerRecording:
        """Speak for some seconds, and end the recording as planned."""
        return CallerRecording(min(RECORD_SECONDS, recording.seconds or 0.0), self.recording)

    def only_listening(self) -> ScriptedCaller:
        """Return a caller with the same keys for prompts, and none for collections."""
        return ScriptedCaller(deque(), self.during_prompts)


def split(entry: str, most: int | None, finish: str) -> tuple[str, str, bool]:
    """Split an entry into keys taken and left over; and whether the collection is complete."""
    for index, key in enumerate(entry):
        if key in finish:
            return entry[:index], entry[index + 1 :], True
        if most is not None and index + 1 == most:
            return entry[:most], entry[most:], True
    return entry, "", most == 0


def stopping(keys: str, terminators: Iterable[str]) -> str:
    """Return *keys* if one of them stops a prompt."""
    return keys if any(key in terminators for key in keys) else ""
