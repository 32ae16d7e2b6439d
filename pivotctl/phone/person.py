"""A person as the caller of a call: they press keys and hang up when they like, in real time.

The call runs in a thread of its own, in which `Person` waits; the phone's server tells it from
other threads what the person does.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from pivotctl.switch.events import Underway
from pivotctl.switch.player.caller import CallerRecording, KeyEntry, Spent, split
from pivotctl.switch.scenario import RecordingEnd

_MOST_AHEAD = 100
_HEARD_BY_OTHERS = ("ringing", "talking", "staying")
"""Kinds of activity in which nothing of KAZOO takes the keys."""

_NO_KEY = "hangup"
"""The key that KAZOO reports for a recording that no key has ended."""


class Clock(Protocol):
    """The time in which a person waits, in seconds."""

    def now(self) -> float:
        """Return the time."""
        ...

    def wait(self, changed: threading.Condition, seconds: float | None, /) -> None:
        """Wait until `changed` is notified, or for `seconds`."""
        ...


class RealTime:
    """The clock of a call that is really played."""

    def now(self) -> float:
        """Return the time."""
        return time.monotonic()

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Wait until `changed` is notified, or for `seconds`."""
        changed.wait(seconds)


@dataclass(eq=False)
class Person:
    """The person at a phone: a `Caller` who takes real time.

    `show` gets everything that takes time when it begins. `spoken` says how long a voice needs for
    a text, or None if only the switch's estimate is known.
    """

    show: Callable[[Underway], None]
    spoken: Callable[[str], float | None] = lambda _text: None
    clock: Clock = field(default_factory=RealTime)
    ahead: str = ""
    stays: bool = True
    unused: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._keys: deque[str] = deque(maxlen=_MOST_AHEAD)
        self._gone = False
        self._number = 0
        self._skipped = 0

    # -- what the person does, from other threads --------------------------------------------------

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        with self._changed:
            self._keys.extend(keys)
            self._changed.notify_all()

    def hang_up(self) -> None:
        """Hang up; the call ends as soon as the switch notices."""
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def skip(self, number: int) -> None:
        """Let the rest of the activity `number` pass at once; one that is over stays as it was."""
        with self._changed:
            self._skipped = max(self._skipped, min(number, self._number))
            self._changed.notify_all()

    # -- what the switch asks ----------------------------------------------------------------------

    @property
    def gone(self) -> bool:
        """Whether the caller has hung up."""
        return self._gone

    @property
    def presses(self) -> bool:
        """Whether a key has been pressed that nothing has taken yet."""
        return bool(self.ahead or self._keys)

    def listens(self, prompt: Underway) -> Spent:
        """Listen until the prompt ends or a key interrupts it."""
        prompt = self._timed(prompt)
        with self._changed:
            pressed: list[str] = []
            seconds = self._lasts(prompt, lambda: self._taken(pressed, prompt.keys))
            stopped = bool(pressed) and pressed[-1] in prompt.keys
            keys = "".join(pressed)
            return Spent(seconds, keys, keys if stopped else "")

    def waits(self, activity: Underway) -> Spent:
        """Wait until the activity ends; keys that KAZOO does not hear then are lost."""
        with self._changed:
            pressed: list[str] = []
            seconds = self._lasts(activity, lambda: self._ends(activity, pressed))
            return Spent(seconds, "".join(pressed))

    def enters(self, collection: Underway) -> KeyEntry:
        """Enter keys; each gives the person the whole time again."""
        with self._changed:
            begun = self._begin(collection)
            after, seconds, entry = self._next_key(begun), 0.0, ""
            while self._keys:
                entry += self._keys.popleft()
                taken, _, done = split(entry, begun.most, begun.keys)
                if done:
                    return KeyEntry(entry, taken, "", after, seconds)
                seconds += self._next_key(begun)
            return KeyEntry(entry, entry, "", after, seconds) if entry else KeyEntry(seconds=after)

    def speaks(self, recording: Underway) -> CallerRecording:
        """Speak until a key, the time limit, or a hangup."""
        with self._changed:
            pressed: list[str] = []
            seconds = self._lasts(recording, lambda: self._taken(pressed, recording.keys))
            ended = bool(pressed) and pressed[-1] in recording.keys
            key = pressed[-1] if ended else _NO_KEY
            end = RecordingEnd.HANGUP if self._gone else RecordingEnd.KEY
            return CallerRecording(max(1, round(seconds)), end, key)

    def only_listening(self) -> Listener:
        """Return this caller as the prompts of a Gather see them."""
        return Listener(self)

    # -- time --------------------------------------------------------------------------------------

    def until_a_key(self, activity: Underway) -> Spent:
        """Wait until the activity ends or a key is pressed, which stays for the next collection."""
        activity = self._timed(activity)
        with self._changed:
            seconds = self._lasts(activity, lambda: bool(self._keys))
            return Spent(seconds, interrupted_by="".join([*self._keys][:1]))

    def _timed(self, prompt: Underway) -> Underway:
        """Return a prompt with the time that a voice needs for it, if that is known."""
        seconds = self.spoken(prompt.text) if prompt.kind == "speech" else None
        return prompt if seconds is None else replace(prompt, seconds=seconds)

    def _begin(self, activity: Underway) -> Underway:
        """Show an activity with its number; the keys left over by the switch come first."""
        self._keys.extendleft(reversed(self.ahead))
        self.ahead = ""
        self._number += 1
        begun = replace(activity, number=self._number)
        self.show(begun)
        return begun

    def _lasts(self, activity: Underway, ended: Callable[[], bool]) -> float:
        """Return how long an activity lasts: all its time, or until `ended` or the hangup."""
        return self._wait(self._begin(activity), ended)

    def _wait(self, begun: Underway, ended: Callable[[], bool]) -> float:
        start = self.clock.now()
        deadline = None if begun.seconds is None else start + begun.seconds
        while not (ended() or self._gone):
            now = self.clock.now()
            if deadline is None:
                self.clock.wait(self._changed, None)
            elif now >= deadline or self._skipped >= begun.number:
                return max(begun.seconds or 0.0, 0.0)
            else:
                self.clock.wait(self._changed, deadline - now)
        return self.clock.now() - start

    def _next_key(self, begun: Underway) -> float:
        return self._wait(begun, lambda: bool(self._keys))

    def _taken(self, pressed: list[str], terminators: str) -> bool:
        """Move keys to `pressed`, up to the first terminator; return whether there was one."""
        while self._keys:
            pressed.append(self._keys.popleft())
            if pressed[-1] in terminators:
                return True
        return False

    def _ends(self, activity: Underway, pressed: list[str]) -> bool:
        if activity.keys:
            return self._taken(pressed, activity.keys)
        if activity.kind in _HEARD_BY_OTHERS:
            self._keys.clear()
        return False


@dataclass
class Listener:
    """The caller as the prompts of a Gather see them: the first key ends the prompts, and stays."""

    person: Person
    ahead: str = ""
    stays: bool = True
    unused: tuple[str, ...] = ()

    @property
    def gone(self) -> bool:
        """Whether the caller has hung up."""
        return self.person.gone

    @property
    def presses(self) -> bool:
        """Whether a key has been pressed."""
        return self.person.presses

    def listens(self, prompt: Underway) -> Spent:
        """Listen until the prompt ends or any key interrupts it."""
        return self.person.until_a_key(prompt)

    def waits(self, activity: Underway) -> Spent:
        """Wait until the activity ends or any key interrupts it."""
        return self.person.until_a_key(activity)

    def enters(self, collection: Underway) -> KeyEntry:
        """Enter nothing: the outer Gather takes the keys."""
        return KeyEntry(seconds=self.person.until_a_key(collection).seconds)

    def speaks(self, recording: Underway) -> CallerRecording:
        """Speak until a key, the time limit, or a hangup."""
        return self.person.speaks(recording)

    def only_listening(self) -> Listener:
        """Return this caller."""
        return self
