"""What verbs and actions play on: the call, the caller and her keys, and the simulated time."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

from pivotctl.switch.events import (
    Answered,
    Bridged,
    Event,
    Heard,
    HungUp,
    NotBridged,
    Played,
    Pressed,
    Ringing,
    Silent,
    Waited,
)
from pivotctl.switch.scenario import TALK_SECONDS, Rung, Scenario
from pivotctl.switch.state import DEFAULT_COLLECTION, CallState

type Play[T] = Generator[Event, None, T]

_CHARACTERS_PER_SECOND = 15.0
_MEDIA_SECONDS = 3.0
_KEY_SECONDS = 0.4
_RING_SECONDS = 6.0

ANY_KEY = "1234567890*#"
CAUSES = {Rung.BUSY: ("USER_BUSY", "sip:486"), Rung.NO_ANSWER: ("NO_ANSWER", "sip:480")}
"""Hang-up cause and SIP code of a call that nobody took."""


@dataclass
class Caller:
    """The person who calls: an entry of keys for each time she is asked.

    `ahead` are keys of an entry that a collection did not take: she has pressed them already.
    """

    entries: deque[str] = field(default_factory=deque)
    during_prompts: deque[str] = field(default_factory=deque)
    ahead: str = ""

    def next_entry(self) -> str:
        """What she presses now that she is asked; nothing when she has no entry left."""
        return self.entries.popleft() if self.entries else ""

    def during_prompt(self) -> str:
        """What she presses while a prompt plays: keys left over, else a planned entry."""
        keys, self.ahead = self.ahead, ""
        planned = self.during_prompts.popleft() if self.during_prompts and not keys else ""
        return keys or planned


@dataclass
class Stage:
    """One call while it is played. `commands` is what KAZOO tells the media switch, in order.

    `overtaken` when the last hang-up is among them already.
    """

    scenario: Scenario
    call: CallState
    caller: Caller
    now: float = 0.0
    answered: bool = False
    hung_up: bool = False
    overtaken: bool = False
    bridges: int = 0
    commands: list[str] = field(default_factory=list)

    def command(self, *names: str) -> None:
        """Note commands to the media switch."""
        self.commands.extend(names)

    def answer(self) -> Iterator[Event]:
        """Answer the call; only the first time shows."""
        self.command("answer")
        if not self.answered:
            self.answered = True
            yield Answered(at=self.now)

    def hang_up(self, by: str, cause: str = "NORMAL_CLEARING") -> Iterator[Event]:
        """The caller's leg ends; what is played to it later, nobody hears."""
        if not self.hung_up:
            self.hung_up = True
            yield HungUp(at=self.now, by=by, cause=cause)

    def hear(self, text: str, terminators: Iterable[str] = ANY_KEY) -> Play[str]:
        """Speech; returns the keys pressed during it, of which those in *terminators* stop it."""
        if self.hung_up:
            return ""
        keys = self.caller.during_prompt()
        stopped, start = _stopping(keys, terminators), self.now
        self.now += 0.5 if stopped else max(1.0, len(text) / _CHARACTERS_PER_SECOND)
        yield Heard(at=start, text=text, interrupted_by=stopped)
        return keys

    def play(self, media: str, terminators: Iterable[str] = ANY_KEY) -> Play[str]:
        """Media; returns the keys pressed during it, of which those in *terminators* stop it."""
        if self.hung_up:
            return ""
        keys = self.caller.during_prompt()
        stopped, start = _stopping(keys, terminators), self.now
        self.now += 0.5 if stopped else _MEDIA_SECONDS
        yield Played(at=start, media=media, interrupted_by=stopped)
        return keys

    def wait(self, seconds: float) -> Iterator[Event]:
        """Silence."""
        if not self.hung_up:
            yield Waited(at=self.now, seconds=seconds)
            self.now += seconds

    def keys(self, most: int | None, finish: str, timeout: float, name: str = "") -> Play[str]:
        """What the caller presses until `most` keys, a key of `finish`, or `timeout` seconds.

        Keys beyond that are left over: she has pressed them, and they come next.
        """
        entry, self.caller.ahead = self.caller.ahead, ""
        taken, rest, done = _taken(entry, most, finish)
        if not done:
            entry += self.caller.next_entry()
            taken, rest, done = _taken(entry, most, finish)
        if not entry:
            yield Silent(at=self.now, seconds=timeout)
            self.now += timeout
            return ""
        self.caller.ahead = rest
        self.now += 1.0
        yield Pressed(at=self.now, keys=entry, taken=taken, collection=name)
        self.now += len(entry) * _KEY_SECONDS + (0 if done else timeout)
        return taken

    def ring(self, targets: tuple[str, ...], seconds: float) -> Play[Rung]:
        """Ring everybody in `targets`, and talk if somebody answers."""
        yield Ringing(at=self.now, targets=targets, seconds=seconds)
        outcome = self.scenario.rung
        if outcome is not Rung.ANSWERED:
            self.now += seconds if outcome is Rung.NO_ANSWER else 1.0
            yield NotBridged(at=self.now, targets=targets, cause=CAUSES[outcome][0])
            return outcome
        self.now += min(seconds, _RING_SECONDS)
        self.bridges += 1
        self.answered = True
        yield Bridged(
            at=self.now, target=targets[0], seconds=TALK_SECONDS, call_id=self.other_call_id
        )
        self.now += TALK_SECONDS
        return outcome

    @property
    def other_call_id(self) -> str:
        """The id of the leg that was rung last."""
        seed = f"{self.call.call_id}/{self.bridges}".encode()
        return f"b-leg-{hashlib.sha256(seed).hexdigest()[:16]}"


def _taken(entry: str, most: int | None, finish: str) -> tuple[str, str, bool]:
    """The keys taken of an entry, those left over, and whether the collection is complete."""
    for index, key in enumerate(entry):
        if key in finish:
            return entry[:index], entry[index + 1 :], True
        if most is not None and index + 1 == most:
            return entry[:most], entry[most:], True
    return entry, "", most == 0


def stage_for(scenario: Scenario) -> Stage:
    """The stage on which `scenario` begins."""
    call = CallState(
        account_id=scenario.account_id,
        call_id=scenario.call_id,
        caller_number=scenario.caller,
        caller_name=scenario.caller_name,
        from_user=scenario.caller if scenario.caller_user is None else scenario.caller_user,
        from_realm=scenario.caller_realm,
        to_user=scenario.called,
        to_realm=scenario.realm,
        request_user=scenario.called,
        request_realm=scenario.realm,
        application_vars=dict(scenario.variables),
    )
    caller = Caller(deque(scenario.press), deque(scenario.press_during_prompts))
    return Stage(scenario, call, caller)


__all__ = ["CAUSES", "DEFAULT_COLLECTION", "Caller", "Play", "Stage", "stage_for"]


def _stopping(keys: str, terminators: Iterable[str]) -> str:
    """*keys*, if one of them stops a prompt."""
    return keys if any(key in terminators for key in keys) else ""
